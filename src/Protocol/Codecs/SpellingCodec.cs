using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>What a router asks leaves for corrections, as MessagePack. Reading never throws.</summary>
public static class SpellingCodec
{
    /// <summary>Terms of one set.</summary>
    private const int SetMax = WordQuery.WordsMax;

    /// <summary>Writes a request.</summary>
    public static void Write(IBufferWriter<byte> output, SpellingRequest message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(message.KnownFields is null ? 8 : 9);
        writer.Write(message.Collection);
        writer.WriteText(message.Field);
        writer.WriteText(message.Text);
        writer.Write(message.Edits);
        writer.Write(message.PrefixLength);
        writer.Write(message.LengthMin);
        SuggestCodec.WriteList(ref writer, message.Sets, QueryNodeCodec.WriteTexts);
        writer.Write(message.Adjacent);
        if (message.KnownFields is not null) KnownFieldsCodec.Write(ref writer, message.KnownFields);
        writer.Flush();
    }

    /// <summary>Writes an answer.</summary>
    public static void Write(IBufferWriter<byte> output, SpellingReply message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(message.FieldsHere is null ? 3 : 4);
        writer.Write(message.Documents);
        SuggestCodec.WriteList(ref writer, message.Words, static (ref inner, word) =>
        {
            inner.WriteArrayHeader(5);
            inner.Write(word.Start);
            inner.Write(word.Length);
            inner.Write(word.Term);
            inner.Write(word.Documents);
            SuggestCodec.WriteList(ref inner, word.Near, WriteNear);
        });
        writer.WriteArrayHeader(message.Counts.Count);
        for (var i = 0; i < message.Counts.Count; i++) writer.Write(message.Counts[i]);
        if (message.FieldsHere is not null) KnownFieldsCodec.Write(ref writer, message.FieldsHere);
        writer.Flush();
    }

    /// <summary>Reads a request.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out SpellingRequest? message, out string? error) =>
        BodyReader.TryRead(body, ReadRequest, out message, out error);

    /// <summary>Reads an answer.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out SpellingReply? message, out string? error) =>
        BodyReader.TryRead(body, ReadReply, out message, out error);

    private static void WriteNear(ref MessagePackWriter writer, NearTerm near)
    {
        writer.WriteArrayHeader(3);
        writer.Write(near.Term);
        writer.Write(near.Edits);
        writer.Write(near.Documents);
    }

    private static SpellingRequest ReadRequest(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("spelling", 8);
        var message = new SpellingRequest
        {
            Collection = reader.Text("spelling.collection", MessageLimits.IndexNameBytesMax),
            Field = QueryNodeCodec.Field(ref reader),
            Text = QueryNodeCodec.Text(ref reader, "spelling.text"),
            Edits = reader.Int32("spelling.edits", 0, FuzzyQuery.EditsMax),
            PrefixLength = reader.Int32("spelling.prefixLength"),
            LengthMin = reader.Int32("spelling.lengthMin"),
            Sets = reader.List<IReadOnlyList<string>>(
                "spelling.sets", SpellingRequest.CountsMax,
                static (ref inner) => inner.Texts("spelling.set", SetMax, MessageLimits.TermBytesMax)),
            Adjacent = reader.Boolean("spelling.adjacent"),
            KnownFields = fields > 8 ? KnownFieldsCodec.Read(ref reader) : null,
        };
        reader.EndRecord(fields, 9);
        return message;
    }

    private static SpellingReply ReadReply(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("spelling reply", 3);
        var message = new SpellingReply(
            reader.Int64("spelling reply.documents"),
            reader.List("spelling reply.words", WordQuery.WordsMax, ReadWord),
            reader.List(
                "spelling reply.counts", SpellingRequest.CountsMax,
                static (ref inner) => inner.Int64("spelling reply.count")))
        {
            FieldsHere = fields > 3 ? KnownFieldsCodec.ReadFields(ref reader) : null,
        };
        reader.EndRecord(fields, 4);
        return message;
    }

    private static SpellingWord ReadWord(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("spelling word", 5);
        var word = new SpellingWord(
            reader.Int32("spelling word.start"), reader.Int32("spelling word.length"),
            reader.Text("spelling word.term", MessageLimits.TermBytesMax), reader.Int64("spelling word.documents"),
            reader.List("spelling word.near", SpellingRequest.NearMax, ReadNear));
        reader.EndRecord(fields, 5);
        return word;
    }

    private static NearTerm ReadNear(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("near term", 3);
        var near = new NearTerm(
            reader.Text("near term.term", MessageLimits.TermBytesMax),
            reader.Int32("near term.edits", 0, FuzzyQuery.EditsMax), reader.Int64("near term.documents"));
        reader.EndRecord(fields, 3);
        return near;
    }
}
