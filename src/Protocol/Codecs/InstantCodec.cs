using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Instant searches and their answers as MessagePack. Reading never throws; errors name the field.</summary>
public static class InstantCodec
{
    /// <summary>Writes a request.</summary>
    /// <exception cref="ArgumentException">The filter is deeper than its limit.</exception>
    public static void Write(IBufferWriter<byte> output, InstantRequest message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(message.KnownFields is null ? 17 : 18);
        writer.Write(message.Collection);
        writer.WriteText(message.Text);
        QueryNodeCodec.WriteTexts(ref writer, message.Fields);
        writer.Write(message.Size);
        writer.Write(message.From);
        writer.Write(message.AllWords);
        writer.Write(message.Typos);
        SuggestCodec.WriteOrNil(ref writer, message.Filter);
        writer.Write(message.RankField);
        writer.Write(message.RankDescending);
        writer.Write(message.WithSource);
        QueryNodeCodec.WriteTexts(ref writer, message.SourceFields);
        QueryNodeCodec.WriteTexts(ref writer, message.HighlightFields);
        writer.Write(message.ExactTotal);
        writer.Write(message.AllowPartial);
        writer.Write(message.CompletionField);
        writer.Write(message.DidYouMean);
        if (message.KnownFields is not null) KnownFieldsCodec.Write(ref writer, message.KnownFields);
        writer.Flush();
    }

    /// <summary>Writes an answer.</summary>
    public static void Write(IBufferWriter<byte> output, InstantReply message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(message.FieldsHere is null ? 7 : 8);
        writer.Write(message.Words);
        SuggestCodec.WriteList(ref writer, message.Counts, static (ref inner, count) => inner.Write(count));
        writer.Write(message.TotalIsExact);
        SuggestCodec.WriteList(ref writer, message.Hits, WriteHit);
        SearchCodec.Write(ref writer, message.Coverage);
        SuggestCodec.Write(ref writer, message.Completions);
        SuggestCodec.Write(ref writer, message.DidYouMean);
        if (message.FieldsHere is not null) KnownFieldsCodec.Write(ref writer, message.FieldsHere);
        writer.Flush();
    }

    /// <summary>Reads a request; the limits of <see cref="InstantRequest"/> hold for what it returns.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out InstantRequest? message, out string? error) =>
        BodyReader.TryRead(body, ReadRequest, out message, out error);

    /// <summary>Reads an answer; hits' sources point into the body.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out InstantReply? message, out string? error) =>
        BodyReader.TryRead(body, ReadReply, out message, out error);

    private static void WriteHit(ref MessagePackWriter writer, InstantHit hit)
    {
        writer.WriteArrayHeader(5);
        writer.Write(hit.Path);
        writer.Write(hit.Version);
        writer.WriteArrayHeader(6);
        writer.Write(hit.Ranking.Words);
        writer.Write(hit.Ranking.Typos);
        writer.Write(hit.Ranking.Proximity);
        writer.Write(hit.Ranking.Attribute);
        writer.Write(hit.Ranking.Exactness);
        SearchCodec.WriteSortValue(ref writer, hit.Ranking.Rank);
        writer.Write(hit.Source.Span);
        SearchCodec.Write(ref writer, hit.Highlights);
    }

    private static InstantRequest ReadRequest(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("instant", 2);
        var message = new InstantRequest
        {
            Collection = reader.Text("instant.collection", MessageLimits.IndexNameBytesMax),
            Text = QueryNodeCodec.Text(ref reader, "instant.text"),
            Fields = fields > 2 ? SearchCodec.FieldNames(ref reader, "instant.fields") : [],
            Size = fields > 3 ? reader.Int32("instant.size", 0, InstantRequest.HitsMax) : 10,
            From = fields > 4 ? reader.Int32("instant.from", 0, InstantRequest.HitsMax) : 0,
            AllWords = fields > 5 && reader.Boolean("instant.allWords"),
            Typos = fields <= 6 || reader.Boolean("instant.typos"),
            Filter = fields > 7 ? SuggestCodec.NodeOrNull(ref reader, "instant.filter") : null,
            RankField = fields > 8
                ? reader.TextOrNull("instant.rankField", MessageLimits.FieldNameBytesMax)
                : null,
            RankDescending = fields <= 9 || reader.Boolean("instant.rankDescending"),
            WithSource = fields <= 10 || reader.Boolean("instant.withSource"),
            SourceFields = fields > 11 ? SearchCodec.FieldNames(ref reader, "instant.sourceFields") : [],
            HighlightFields = fields > 12 ? SearchCodec.FieldNames(ref reader, "instant.highlightFields") : [],
            ExactTotal = fields > 13 && reader.Boolean("instant.exactTotal"),
            AllowPartial = fields <= 14 || reader.Boolean("instant.allowPartial"),
            CompletionField = fields > 15
                ? reader.TextOrNull("instant.completionField", MessageLimits.FieldNameBytesMax)
                : null,
            DidYouMean = fields > 16 && reader.Boolean("instant.didYouMean"),
            KnownFields = fields > 17 ? KnownFieldsCodec.Read(ref reader) : null,
        };
        reader.EndRecord(fields, 18);
        if (message.From + message.Size > InstantRequest.HitsMax)
            BodyReader.Fail("instant.from", $"from + size may be {InstantRequest.HitsMax} at most.");
        return message;
    }

    private static InstantReply ReadReply(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("instant reply", 5);
        var message = new InstantReply
        {
            Words = reader.Int32("instant reply.words", 0, InstantRequest.WordsMax),
            Counts = reader.List(
                "instant reply.counts", InstantRequest.WordsMax,
                static (ref inner) => inner.Int64("instant reply.count")),
            TotalIsExact = reader.Boolean("instant reply.totalIsExact"),
            Hits = reader.List("instant reply.hits", InstantRequest.HitsMax, ReadHit),
            Coverage = SearchCodec.ReadCoverage(ref reader),
            Completions = fields > 5 ? SuggestCodec.ReadCompletions(ref reader) : [],
            DidYouMean = fields > 6 ? SuggestCodec.ReadPhrases(ref reader) : [],
            FieldsHere = fields > 7 ? KnownFieldsCodec.ReadFields(ref reader) : null,
        };
        reader.EndRecord(fields, 8);
        return message;
    }

    private static InstantHit ReadHit(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("instant hit", 5);
        var hit = new InstantHit
        {
            Path = reader.Text("instant hit.path", ProtocolLimits.PathBytesMax),
            Version = reader.UInt64("instant hit.version"),
            Ranking = ReadRanking(ref reader),
            Source = reader.Bytes("instant hit.source"),
            Highlights = reader.List(
                "instant hit.highlights", CollectionSchema.FieldsMax, HighlightCodec.ReadHighlight),
        };
        reader.EndRecord(fields, 5);
        return hit;
    }

    private static InstantRanking ReadRanking(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("ranking", 6);
        var ranking = new InstantRanking(
            reader.Int32("ranking.words"), reader.Int32("ranking.typos"), reader.Int32("ranking.proximity"),
            reader.Int32("ranking.attribute"), reader.Int32("ranking.exactness"),
            SearchCodec.ReadSortValue(ref reader));
        reader.EndRecord(fields, 6);
        return ranking;
    }
}
