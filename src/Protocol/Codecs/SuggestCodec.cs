using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Suggestions as MessagePack. Reading never throws; errors name the field and what is allowed.</summary>
public static class SuggestCodec
{
    /// <summary>Writes a request.</summary>
    /// <exception cref="ArgumentException">A filter is deeper than its limit.</exception>
    public static void Write(IBufferWriter<byte> output, SuggestRequest message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(5);
        writer.Write(message.Collection);
        WriteList(ref writer, message.Completions, WriteCompletion);
        WriteList(ref writer, message.Words, WriteWord);
        WriteList(ref writer, message.Phrases, WritePhrase);
        writer.Write(message.AllowPartial);
        writer.Flush();
    }

    /// <summary>Writes an answer.</summary>
    public static void Write(IBufferWriter<byte> output, SuggestReply message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(4);
        WriteList(ref writer, message.Completions, static (ref inner, answer) =>
        {
            Begin(ref inner, 2, answer.Name);
            Write(ref inner, answer.Options);
        });
        WriteList(ref writer, message.Words, static (ref inner, answer) =>
        {
            Begin(ref inner, 2, answer.Name);
            WriteList(ref inner, answer.Words, WriteRow);
        });
        WriteList(ref writer, message.Phrases, static (ref inner, answer) =>
        {
            Begin(ref inner, 2, answer.Name);
            Write(ref inner, answer.Options);
        });
        SearchCodec.Write(ref writer, message.Coverage);
        writer.Flush();
    }

    /// <summary>Reads a request; the limits of <see cref="SuggestRequest"/> hold for what it returns.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out SuggestRequest? message, out string? error) =>
        BodyReader.TryRead(body, ReadRequest, out message, out error);

    /// <summary>Reads an answer.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out SuggestReply? message, out string? error) =>
        BodyReader.TryRead(body, ReadReply, out message, out error);

    internal static void WriteList<T>(ref MessagePackWriter writer, IReadOnlyList<T> items, WriteFields<T> write)
    {
        writer.WriteArrayHeader(items.Count);
        for (var i = 0; i < items.Count; i++) write(ref writer, items[i]);
    }

    internal static void WriteOrNil(ref MessagePackWriter writer, QueryNode? node)
    {
        if (node is null) writer.WriteNil();
        else QueryNodeCodec.Write(ref writer, node);
    }

    internal static QueryNode? NodeOrNull(ref BodyReader reader, string field) =>
        reader.TryNil(field) ? null : QueryNodeCodec.Read(ref reader);

    internal static void Write(ref MessagePackWriter writer, IReadOnlyList<CompletionOption> options) =>
        WriteList(ref writer, options, static (ref inner, option) =>
        {
            inner.WriteArrayHeader(5);
            inner.Write(option.Text);
            inner.Write(option.Weight);
            inner.Write(option.Edits);
            inner.Write(option.Path);
            inner.Write(option.Key);
        });

    internal static void Write(ref MessagePackWriter writer, IReadOnlyList<PhraseOption> options) =>
        WriteList(ref writer, options, static (ref inner, option) =>
        {
            inner.WriteArrayHeader(4);
            inner.Write(option.Text);
            inner.Write(option.Highlighted);
            inner.Write(option.Score);
            inner.Write(option.Documents);
        });

    internal static CompletionOption[] ReadCompletions(ref BodyReader reader) =>
        reader.List("completions", SuggestRequest.SizeMax, ReadCompletionOption);

    internal static PhraseOption[] ReadPhrases(ref BodyReader reader) =>
        reader.List("phrases", SuggestRequest.SizeMax, ReadPhraseOption);

    private static void Begin(ref MessagePackWriter writer, int fields, string name)
    {
        writer.WriteArrayHeader(fields);
        writer.Write(name);
    }

    /// <summary>Opens a query by what all kinds begin with.</summary>
    private static void Begin(ref MessagePackWriter writer, string name, string field, string text, int size)
    {
        Begin(ref writer, 9, name);
        writer.WriteText(field);
        writer.WriteText(text);
        writer.Write(size);
    }

    private static void WriteCompletion(ref MessagePackWriter writer, CompletionQuery query)
    {
        Begin(ref writer, query.Name, query.Field, query.Prefix, query.Size);
        writer.Write(query.SkipDuplicates);
        writer.Write(query.Edits);
        writer.Write(query.PrefixLength);
        writer.Write(query.LengthMin);
        WriteOrNil(ref writer, query.Filter);
    }

    private static void WriteWord(ref MessagePackWriter writer, WordQuery query)
    {
        Begin(ref writer, query.Name, query.Field, query.Text, query.Size);
        writer.Write((byte)query.Mode);
        writer.Write(query.Edits);
        writer.Write(query.PrefixLength);
        writer.Write(query.LengthMin);
        writer.Write(query.ByFrequency);
    }

    private static void WritePhrase(ref MessagePackWriter writer, PhraseCorrection query)
    {
        Begin(ref writer, query.Name, query.Field, query.Text, query.Size);
        writer.Write(query.Edits);
        writer.Write(query.PrefixLength);
        writer.Write(query.LengthMin);
        writer.Write(query.ErrorsMax);
        writer.Write(query.Collate);
    }

    private static void WriteRow(ref MessagePackWriter writer, WordRow row)
    {
        writer.WriteArrayHeader(4);
        writer.Write(row.Text);
        writer.Write(row.Start);
        writer.Write(row.Documents);
        WriteList(ref writer, row.Options, static (ref inner, option) =>
        {
            inner.WriteArrayHeader(4);
            inner.Write(option.Text);
            inner.Write(option.Edits);
            inner.Write(option.Score);
            inner.Write(option.Documents);
        });
    }

    private static SuggestRequest ReadRequest(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("suggest", 4);
        var message = new SuggestRequest
        {
            Collection = reader.Text("suggest.collection", MessageLimits.IndexNameBytesMax),
            Completions = reader.List("suggest.completions", SuggestRequest.KindMax, ReadCompletion),
            Words = reader.List("suggest.words", SuggestRequest.KindMax, ReadWord),
            Phrases = reader.List("suggest.phrases", SuggestRequest.KindMax, ReadPhrase),
            AllowPartial = fields <= 4 || reader.Boolean("suggest.allowPartial"),
        };
        reader.EndRecord(fields, 5);
        return message;
    }

    private static CompletionQuery ReadCompletion(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("completion", 9);
        var query = new CompletionQuery(
            Name(ref reader), QueryNodeCodec.Field(ref reader), QueryNodeCodec.Text(ref reader, "completion.prefix"))
        {
            Size = Size(ref reader),
            SkipDuplicates = reader.Boolean("completion.skipDuplicates"),
            Edits = (int)reader.Int64("completion.edits", FuzzyQuery.AutoEdits, FuzzyQuery.EditsMax),
            PrefixLength = Characters(ref reader),
            LengthMin = Characters(ref reader),
            Filter = NodeOrNull(ref reader, "completion.filter"),
        };
        reader.EndRecord(fields, 9);
        return query;
    }

    private static WordQuery ReadWord(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("word", 9);
        var query = new WordQuery(
            Name(ref reader), QueryNodeCodec.Field(ref reader), QueryNodeCodec.Text(ref reader, "word.text"))
        {
            Size = Size(ref reader),
            Mode = (SuggestMode)reader.Int32("word.mode", 0, (int)SuggestMode.Always),
            Edits = Edits(ref reader),
            PrefixLength = Characters(ref reader),
            LengthMin = Characters(ref reader),
            ByFrequency = reader.Boolean("word.byFrequency"),
        };
        reader.EndRecord(fields, 9);
        return query;
    }

    private static PhraseCorrection ReadPhrase(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("phrase", 9);
        var query = new PhraseCorrection(
            Name(ref reader), QueryNodeCodec.Field(ref reader), QueryNodeCodec.Text(ref reader, "phrase.text"))
        {
            Size = Size(ref reader),
            Edits = Edits(ref reader),
            PrefixLength = Characters(ref reader),
            LengthMin = Characters(ref reader),
            ErrorsMax = reader.Int32("phrase.errorsMax", 0, WordQuery.WordsMax),
            Collate = reader.Boolean("phrase.collate"),
        };
        reader.EndRecord(fields, 9);
        return query;
    }

    private static SuggestReply ReadReply(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("suggest reply", 4);
        var message = new SuggestReply
        {
            Completions = reader.List("completions", SuggestRequest.KindMax, ReadCompletionAnswer),
            Words = reader.List("words", SuggestRequest.KindMax, ReadWordAnswer),
            Phrases = reader.List("phrases", SuggestRequest.KindMax, ReadPhraseAnswer),
            Coverage = SearchCodec.ReadCoverage(ref reader),
        };
        reader.EndRecord(fields, 4);
        return message;
    }

    /// <summary>One answer: its name, and what is suggested.</summary>
    private static TAnswer ReadAnswer<TAnswer, TOption>(
        ref BodyReader reader, ReadFields<TOption[]> read, Func<string, TOption[], TAnswer> answer)
    {
        var fields = reader.BeginRecord("answer", 2);
        var name = Name(ref reader);
        var options = read(ref reader);
        reader.EndRecord(fields, 2);
        return answer(name, options);
    }

    private static CompletionAnswer ReadCompletionAnswer(ref BodyReader reader) => ReadAnswer(
        ref reader, ReadCompletions, static (name, options) => new CompletionAnswer(name, options));

    private static WordAnswer ReadWordAnswer(ref BodyReader reader) => ReadAnswer(
        ref reader, static (ref inner) => inner.List("answer.words", WordQuery.WordsMax, ReadRow),
        static (name, words) => new WordAnswer(name, words));

    private static PhraseAnswer ReadPhraseAnswer(ref BodyReader reader) => ReadAnswer(
        ref reader, ReadPhrases, static (name, options) => new PhraseAnswer(name, options));

    private static WordRow ReadRow(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("word row", 4);
        var row = new WordRow(
            QueryNodeCodec.Text(ref reader, "word row.text"), reader.Int32("word row.start"),
            reader.Int64("word row.documents"),
            reader.List("word row.options", SuggestRequest.SizeMax, ReadWordOption));
        reader.EndRecord(fields, 4);
        return row;
    }

    private static WordOption ReadWordOption(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("word option", 4);
        var option = new WordOption(
            reader.Text("word option.text", MessageLimits.TermBytesMax), Edits(ref reader),
            reader.Double("word option.score"), reader.Int64("word option.documents"));
        reader.EndRecord(fields, 4);
        return option;
    }

    private static CompletionOption ReadCompletionOption(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("completion option", 5);
        var option = new CompletionOption(
            reader.Text("completion option.text", MessageLimits.TermBytesMax),
            reader.Int32("completion option.weight"), Edits(ref reader),
            reader.Text("completion option.path", ProtocolLimits.PathBytesMax),
            reader.Text("completion option.key", MessageLimits.TermBytesMax));
        reader.EndRecord(fields, 5);
        return option;
    }

    private static PhraseOption ReadPhraseOption(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("phrase option", 4);
        var option = new PhraseOption(
            reader.Text("phrase option.text", MessageLimits.ProseBytesMax * 4),
            reader.Text("phrase option.highlighted", MessageLimits.ProseBytesMax * 8),
            reader.Double("phrase option.score"), reader.Int64("phrase option.documents", -1));
        reader.EndRecord(fields, 4);
        return option;
    }

    private static string Name(ref BodyReader reader) => reader.Text("suggest.name", MessageLimits.FieldNameBytesMax);

    private static int Size(ref BodyReader reader) => reader.Int32("suggest.size", 0, SuggestRequest.SizeMax);

    private static int Edits(ref BodyReader reader) => reader.Int32("suggest.edits", 0, FuzzyQuery.EditsMax);

    private static int Characters(ref BodyReader reader) =>
        reader.Int32("suggest.length", 0, CompletionQuery.CharactersMax);
}
