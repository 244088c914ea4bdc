using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>
/// Searches, their answers and their statistics as MessagePack. Reading never throws; errors name the field and what is
/// allowed. What is read points into the body where it holds bytes, and lives as long as the body does.
/// </summary>
public static class SearchCodec
{
    private static readonly LaterFields<SearchRequest>[] LaterOfRequest =
    [
        new(
            3,
            static request => request.Sort.Count > 0 || request.SourceExcludes.Count > 0
                || request.TotalUpTo is not null,
            WriteOrder),
        new(
            1, static request => request.ReportStatistics,
            static (ref writer, request) => writer.Write(request.ReportStatistics)),
        new(
            2, static request => request.Explain || request.Profile,
            static (ref writer, request) =>
            {
                writer.Write(request.Explain);
                writer.Write(request.Profile);
            }),
        new(
            1, static request => request.CoverageMin is not null,
            static (ref writer, request) => WriteOrNil(ref writer, request.CoverageMin)),
        new(1, static request => request.Rank is not null, VectorCodec.WriteRank),
        new(1, PagingCodec.IsUsed, PagingCodec.Write),
        new(1, ScoringCodec.IsUsed, ScoringCodec.Write),
        new(
            1, static request => request.Aggregations.Count > 0,
            static (ref writer, request) => AggregationCodec.Write(ref writer, request.Aggregations)),
        new(
            1, static request => request.KnownFields is not null,
            static (ref writer, request) => KnownFieldsCodec.Write(ref writer, request.KnownFields)),
    ];

    private static readonly LaterFields<SearchReply>[] LaterOfReply =
    [
        new(1, static reply => reply.Statistics is not null, WriteCounted),
        new(
            1, static reply => reply.Profile is not null,
            static (ref writer, reply) =>
            {
                if (reply.Profile is { } profile) SearchTelling.Write(ref writer, profile);
                else writer.WriteNil();
            }),
        new(
            2, static reply => !reply.AggregationParts.IsEmpty || reply.Aggregations.Count > 0,
            static (ref writer, reply) =>
            {
                writer.Write(reply.AggregationParts.Span);
                AggregationResultCodec.Write(ref writer, reply.Aggregations);
            }),
        new(1, static reply => reply.Served is not null, WriteServed),
        new(
            1, static reply => reply.FieldsHere is not null,
            static (ref writer, reply) => KnownFieldsCodec.Write(ref writer, reply.FieldsHere)),
    ];

    private static readonly LaterFields<SearchHit>[] LaterOfHit =
    [
        new(1, static hit => hit.SortValues.Count > 0, WriteSortValues),
        new(
            1, static hit => hit.Explanation is not null,
            static (ref writer, hit) =>
            {
                if (hit.Explanation is { } explanation) SearchTelling.Write(ref writer, explanation);
                else writer.WriteNil();
            }),
        new(1, PagingCodec.IsUsed, PagingCodec.Write),
    ];

    /// <summary>Writes a request.</summary>
    /// <exception cref="ArgumentException">The query is deeper than its limit.</exception>
    public static void Write(IBufferWriter<byte> output, SearchRequest message)
    {
        var writer = new MessagePackWriter(output);
        var later = LaterFields<SearchRequest>.Begin(ref writer, message, 10, LaterOfRequest);
        writer.Write(message.Collection);
        QueryNodeCodec.Write(ref writer, message.Query);
        writer.Write(message.Size);
        writer.Write(message.From);
        writer.Write(message.WithSource);
        QueryNodeCodec.WriteTexts(ref writer, message.SourceFields);
        QueryNodeCodec.WriteTexts(ref writer, message.HighlightFields);
        writer.Write(message.ExactTotal);
        writer.Write(message.AllowPartial);
        if (message.Statistics is { } statistics) WriteStatistics(ref writer, statistics);
        else writer.WriteNil();
        LaterFields<SearchRequest>.WriteGroups(ref writer, message, LaterOfRequest, later);
        writer.Flush();
    }

    /// <summary>Writes an answer.</summary>
    public static void Write(IBufferWriter<byte> output, SearchReply message)
    {
        var writer = new MessagePackWriter(output);
        var later = LaterFields<SearchReply>.Begin(ref writer, message, 4, LaterOfReply);
        writer.Write(message.Total);
        writer.Write(message.TotalIsExact);
        writer.WriteArrayHeader(message.Hits.Count);
        for (var i = 0; i < message.Hits.Count; i++) WriteHit(ref writer, message.Hits[i]);
        Write(ref writer, message.Coverage);
        LaterFields<SearchReply>.WriteGroups(ref writer, message, LaterOfReply, later);
        writer.Flush();
    }

    /// <summary>Writes the answer of the first phase.</summary>
    public static void Write(IBufferWriter<byte> output, TermStatistics message)
    {
        var writer = new MessagePackWriter(output);
        WriteStatistics(ref writer, message);
        writer.Flush();
    }

    /// <summary>
    /// Reads a request; the limits of <see cref="QueryNode"/> and of the request hold for what it returns.
    /// </summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out SearchRequest? message, out string? error) =>
        BodyReader.TryRead(body, ReadRequest, out message, out error);

    /// <summary>Reads an answer. The sources of its hits point into <paramref name="body"/>.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out SearchReply? message, out string? error) =>
        BodyReader.TryRead(body, ReadReply, out message, out error);

    /// <summary>Reads the answer of the first phase.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out TermStatistics? message, out string? error) =>
        BodyReader.TryRead(body, ReadStatistics, out message, out error);

    private static void WriteOrder(ref MessagePackWriter writer, SearchRequest message)
    {
        WriteSort(ref writer, message.Sort);
        QueryNodeCodec.WriteTexts(ref writer, message.SourceExcludes);
        if (message.TotalUpTo is { } most) writer.Write(most);
        else writer.WriteNil();
    }

    internal static void WriteSort(ref MessagePackWriter writer, IReadOnlyList<SortKey> sort)
    {
        writer.WriteArrayHeader(sort.Count);
        for (var i = 0; i < sort.Count; i++) SortKeyCodec.Write(ref writer, sort[i]);
    }

    internal static void WriteOrNil(ref MessagePackWriter writer, double? number)
    {
        if (number is { } value) writer.Write(value);
        else writer.WriteNil();
    }

    private static void WriteCounted(ref MessagePackWriter writer, SearchReply message)
    {
        if (message.Statistics is { } statistics) WriteStatistics(ref writer, statistics);
        else writer.WriteNil();
    }

    private static void WriteServed(ref MessagePackWriter writer, SearchReply message)
    {
        if (message.Served is not { } served)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(2);
        writer.Write(served.Name);
        writer.Write(served.Since);
    }

    private static ServedIndex ReadServed(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("served", 2);
        var served = new ServedIndex(
            reader.Text("served.name", MessageLimits.IndexNameBytesMax), reader.UInt64("served.since"));
        reader.EndRecord(fields, 2);
        return served;
    }

    private static void WriteSortValues(ref MessagePackWriter writer, SearchHit hit) =>
        WriteValues(ref writer, hit.SortValues);

    internal static void WriteValues(ref MessagePackWriter writer, IReadOnlyList<SortValue> values)
    {
        writer.WriteArrayHeader(values.Count);
        for (var i = 0; i < values.Count; i++) WriteSortValue(ref writer, values[i]);
    }

    internal static void WriteSortValue(ref MessagePackWriter writer, SortValue value)
    {
        if (value.Whole is { } integer) writer.Write(integer);
        else if (value.Number is { } number) writer.Write(number);
        else if (value.Text is { } text) writer.Write(text);
        else writer.WriteNil();
    }

    internal static void WriteHit(ref MessagePackWriter writer, SearchHit hit)
    {
        var later = LaterFields<SearchHit>.Begin(ref writer, hit, 5, LaterOfHit);
        writer.Write(hit.Path);
        writer.Write(hit.Score);
        writer.Write(hit.Version);
        writer.Write(hit.Source.Span);
        Write(ref writer, hit.Highlights);
        LaterFields<SearchHit>.WriteGroups(ref writer, hit, LaterOfHit, later);
    }

    internal static void Write(ref MessagePackWriter writer, Coverage coverage)
    {
        writer.WriteArrayHeader(4);
        writer.Write(coverage.ShardsTotal);
        writer.Write(coverage.ShardsAnswered);
        writer.Write(coverage.DocumentsTotal);
        writer.Write(coverage.DocumentsCovered);
    }

    internal static void Write(ref MessagePackWriter writer, IReadOnlyList<Highlight> highlights)
    {
        writer.WriteArrayHeader(highlights.Count);
        for (var i = 0; i < highlights.Count; i++) HighlightCodec.Write(ref writer, highlights[i]);
    }

    private static void WriteStatistics(ref MessagePackWriter writer, TermStatistics message)
    {
        writer.WriteArrayHeader(message.Nearest.Count > 0 ? 4 : 3);
        writer.Write(message.Documents);
        writer.WriteArrayHeader(message.Fields.Count);
        for (var i = 0; i < message.Fields.Count; i++)
        {
            writer.WriteArrayHeader(3);
            writer.Write(message.Fields[i].Field);
            writer.Write(message.Fields[i].Documents);
            writer.Write(message.Fields[i].Tokens);
        }

        writer.WriteArrayHeader(message.Terms.Count);
        for (var i = 0; i < message.Terms.Count; i++)
        {
            writer.WriteArrayHeader(3);
            writer.Write(message.Terms[i].Field);
            writer.Write(message.Terms[i].Term);
            writer.Write(message.Terms[i].Documents);
        }

        if (message.Nearest.Count > 0) VectorCodec.WriteNearest(ref writer, message.Nearest);
    }

    private static SearchRequest ReadRequest(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("search", 2);
        var message = new SearchRequest
        {
            Collection = reader.Text("search.collection", MessageLimits.IndexNameBytesMax),
            Query = QueryNodeCodec.Read(ref reader),
            Size = fields > 2 ? reader.Int32("search.size", 0, SearchRequest.HitsMax) : 10,
            From = fields > 3 ? reader.Int32("search.from", 0, SearchRequest.HitsMax) : 0,
            WithSource = fields <= 4 || reader.Boolean("search.withSource"),
            SourceFields = fields > 5 ? FieldNames(ref reader, "search.sourceFields") : [],
            HighlightFields = fields > 6 ? FieldNames(ref reader, "search.highlightFields") : [],
            ExactTotal = fields <= 7 || reader.Boolean("search.exactTotal"),
            AllowPartial = fields <= 8 || reader.Boolean("search.allowPartial"),
            Statistics = fields > 9 && !reader.TryNil("search.statistics") ? ReadStatistics(ref reader) : null,
            Sort = fields > 10 ? reader.List("search.sort", SortKey.KeysMax, SortKeyCodec.Read) : [],
            SourceExcludes = fields > 11 ? FieldNames(ref reader, "search.sourceExcludes") : [],
            TotalUpTo = fields > 12 && !reader.TryNil("search.totalUpTo") ? reader.Int32("search.totalUpTo") : null,
            ReportStatistics = fields > 13 && reader.Boolean("search.reportStatistics"),
            Explain = fields > 14 && reader.Boolean("search.explain"),
            Profile = fields > 15 && reader.Boolean("search.profile"),
            CoverageMin = fields > 16 && !reader.TryNil("search.coverageMin")
                ? reader.Double("search.coverageMin")
                : null,
            Rank = fields > 17 && !reader.TryNil("search.rank") ? VectorCodec.ReadRank(ref reader) : null,
        };
        if (fields > 18) message = PagingCodec.Read(ref reader, message);
        if (fields > 19) message = ScoringCodec.Read(ref reader, message);
        if (fields > 20) message = message with { Aggregations = AggregationCodec.Read(ref reader) };
        if (fields > 21) message = message with { KnownFields = KnownFieldsCodec.Read(ref reader) };
        reader.EndRecord(fields, 22);
        if (message.CoverageMin is not (null or (>= 0 and <= 1)))
            BodyReader.Fail("search.coverageMin", $"it is {message.CoverageMin}; allowed are 0 to 1.");
        if (message.After is not null && message.From > 0)
            BodyReader.Fail("search", $"from is {message.From}; behind search_after it has to be 0.");
        if (message.After is not null && message.Rank is not null)
            BodyReader.Fail("search", "search_after is for one order of hits, not for ranks that are joined.");
        if (message.Collapse is not null && message.Rank is not null)
            BodyReader.Fail("search", "collapse is for one order of hits, not for ranks that are joined.");
        if (message.Collapse is { } collapse && message.Size * collapse.InnerHits.Count > Collapse.SearchesMax)
        {
            BodyReader.Fail(
                "search.collapse",
                $"{message.Size} groups of {collapse.InnerHits.Count} kinds of inner hits are more searches than "
                + $"{Collapse.SearchesMax}.");
        }

        if (message.From + message.Size > SearchRequest.HitsMax)
            BodyReader.Fail("search.from", $"from + size may be {SearchRequest.HitsMax} at most.");
        return message;
    }

    private static SearchReply ReadReply(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("search reply", 4);
        var message = new SearchReply
        {
            Total = reader.Int64("search reply.total"),
            TotalIsExact = reader.Boolean("search reply.totalIsExact"),
            Hits = reader.List("search reply.hits", SearchRequest.HitsMax, ReadHit),
            Coverage = ReadCoverage(ref reader),
            Statistics = fields > 4 && !reader.TryNil("search reply.statistics") ? ReadStatistics(ref reader) : null,
            Profile = fields > 5 && !reader.TryNil("search reply.profile")
                ? SearchTelling.ReadProfile(ref reader)
                : null,
            AggregationParts = fields > 6 ? reader.Bytes("search reply.aggregationParts") : default,
            Aggregations = fields > 7 ? AggregationResultCodec.Read(ref reader) : [],
            Served = fields > 8 && !reader.TryNil("search reply.served") ? ReadServed(ref reader) : null,
            FieldsHere = fields > 9 ? KnownFieldsCodec.ReadFields(ref reader) : null,
        };
        reader.EndRecord(fields, 10);
        return message;
    }

    internal static SearchHit ReadHit(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("hit", 5);
        var hit = new SearchHit
        {
            Path = reader.Text("hit.path", ProtocolLimits.PathBytesMax),
            Score = (float)reader.Double("hit.score"),
            Version = reader.UInt64("hit.version"),
            Source = reader.Bytes("hit.source"),
            Highlights = reader.List("hit.highlights", 2 * CollectionSchema.FieldsMax, HighlightCodec.ReadHighlight),
            SortValues = fields > 5 ? reader.List("hit.sortValues", SortKey.KeysMax, ReadSortValue) : [],
            Explanation = fields > 6 && !reader.TryNil("hit.explanation")
                ? SearchTelling.ReadExplanation(ref reader)
                : null,
        };
        if (fields > 7) hit = PagingCodec.Read(ref reader, hit);
        reader.EndRecord(fields, 8);
        return hit;
    }

    internal static SortValue ReadSortValue(ref BodyReader reader) => reader.NextIs("hit.sortValue") switch
    {
        MessagePackType.Nil => Missing(ref reader),
        MessagePackType.Integer => SortValue.Of(reader.Int64("hit.sortValue", long.MinValue)),
        MessagePackType.Float => SortValue.Of(reader.Double("hit.sortValue")),
        _ => SortValue.Of(reader.Text("hit.sortValue", ProtocolLimits.PathBytesMax)),
    };

    private static SortValue Missing(ref BodyReader reader)
    {
        reader.TryNil("hit.sortValue");
        return default;
    }

    internal static Coverage ReadCoverage(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("coverage", 4);
        var coverage = new Coverage(
            reader.Int32("coverage.shardsTotal"),
            reader.Int32("coverage.shardsAnswered"),
            reader.Int64("coverage.documentsTotal"),
            reader.Int64("coverage.documentsCovered"));
        reader.EndRecord(fields, 4);
        return coverage;
    }

    private static TermStatistics ReadStatistics(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("statistics", 3);
        var message = new TermStatistics
        {
            Documents = reader.Int64("statistics.documents"),
            Fields = reader.List("statistics.fields", KnownFields.FieldsMax, ReadFieldStatistics),
            Terms = reader.List("statistics.terms", MessageLimits.TermsMax, ReadTermFrequency),
            Nearest = fields > 3 ? VectorCodec.ReadNearest(ref reader) : [],
        };
        reader.EndRecord(fields, 4);
        return message;
    }

    private static FieldStatistics ReadFieldStatistics(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("statistics.field", 3);
        var row = new FieldStatistics(
            reader.Text("statistics.field.name", MessageLimits.FieldNameBytesMax),
            reader.Int64("statistics.field.documents"),
            reader.Int64("statistics.field.tokens"));
        reader.EndRecord(fields, 3);
        return row;
    }

    private static TermFrequency ReadTermFrequency(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("statistics.term", 3);
        var row = new TermFrequency(
            reader.Text("statistics.term.field", MessageLimits.FieldNameBytesMax),
            reader.Text("statistics.term.term", MessageLimits.TermBytesMax),
            reader.Int64("statistics.term.documents"));
        reader.EndRecord(fields, 3);
        return row;
    }

    internal static string[] FieldNames(ref BodyReader reader, string field) =>
        reader.Texts(field, CollectionSchema.FieldsMax, MessageLimits.FieldNameBytesMax);
}
