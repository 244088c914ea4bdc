using System.Text;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Kinds of query about words: in several fields, unfinished, misspelt, like others. 15 to 29.</summary>
internal static class TextQueries
{
    public static readonly NodeCodec[] All =
    [
        new NodeCodec<DisMaxQuery>(
            15, 2,
            static (ref writer, node, depth) =>
            {
                QueryNodeCodec.WriteNodes(ref writer, node.Queries, depth);
                writer.Write(node.TieBreaker);
            },
            static (ref reader, fields, depth) => new DisMaxQuery(
                QueryNodeCodec.Nodes(ref reader, "query.queries", depth), (float)reader.Double("query.tieBreaker"))),
        new NodeCodec<BoostingQuery>(
            16, 3,
            static (ref writer, node, depth) =>
            {
                QueryNodeCodec.Write(ref writer, node.Positive, depth + 1);
                QueryNodeCodec.Write(ref writer, node.Negative, depth + 1);
                writer.Write(node.NegativeBoost);
            },
            static (ref reader, fields, depth) => new BoostingQuery(
                QueryNodeCodec.Read(ref reader, depth + 1),
                QueryNodeCodec.Read(ref reader, depth + 1),
                (float)reader.Double("query.negativeBoost"))),
        new NodeCodec<MultiMatchQuery>(17, 7, WriteMultiMatch, ReadMultiMatch),
        new NodeCodec<CombinedFieldsQuery>(
            18, 4,
            static (ref writer, node, depth) =>
            {
                QueryNodeCodec.WriteTexts(ref writer, node.Fields);
                writer.WriteText(node.Text);
                writer.Write(node.AllWords);
                WriteRules(ref writer, node.Rules);
            },
            static (ref reader, fields, depth) => new CombinedFieldsQuery(
                Fields(ref reader),
                QueryNodeCodec.Text(ref reader, "query.text"),
                reader.Boolean("query.allWords")) { Rules = ReadRules(ref reader) }),
        new NodeCodec<PhrasePrefixQuery>(
            19, 4,
            static (ref writer, node, depth) =>
            {
                writer.WriteText(node.Field);
                writer.WriteText(node.Text);
                writer.Write(node.Slop);
                writer.Write(node.MaxExpansions);
                if (node.Analyzer is not null) writer.WriteText(node.Analyzer);
            },
            5, static node => node.Analyzer is not null,
            static (ref reader, fields, depth) => new PhrasePrefixQuery(
                QueryNodeCodec.Field(ref reader),
                QueryNodeCodec.Text(ref reader, "query.text"),
                reader.Int32("query.slop", 0, QueryNodeCodec.TextCharsMax),
                Expansions(ref reader))
            {
                Analyzer = fields > 4 ? QueryNodeCodec.Analyzer(ref reader) : null,
            }),
        new NodeCodec<BoolPrefixQuery>(
            20, 4,
            static (ref writer, node, depth) =>
            {
                writer.WriteText(node.Field);
                writer.WriteText(node.Text);
                writer.Write(node.AllWords);
                WriteRules(ref writer, node.Rules);
            },
            static (ref reader, fields, depth) => new BoolPrefixQuery(
                QueryNodeCodec.Field(ref reader),
                QueryNodeCodec.Text(ref reader, "query.text"),
                reader.Boolean("query.allWords")) { Rules = ReadRules(ref reader) }),
        new NodeCodec<MoreLikeThisQuery>(21, 12, WriteMoreLikeThis, ReadMoreLikeThis),
    ];

    /// <summary>How words match, as a record of its own.</summary>
    public static void WriteRules(ref MessagePackWriter writer, MatchRules rules)
    {
        writer.WriteArrayHeader(rules.Analyzer is null ? 6 : 7);
        writer.Write(rules.Fuzziness?.ToString());
        writer.Write(rules.PrefixLength);
        writer.Write(rules.MaxExpansions);
        writer.Write(rules.MinimumShouldMatch);
        writer.Write(rules.ZeroTermsAll);
        writer.Write(rules.Lenient);
        if (rules.Analyzer is not null) writer.WriteText(rules.Analyzer);
    }

    /// <summary>Reads them.</summary>
    public static MatchRules ReadRules(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("query.rules", 6);
        var rules = new MatchRules
        {
            Fuzziness = ReadFuzziness(ref reader),
            PrefixLength = reader.Int32("query.rules.prefixLength", 0, QueryNodeCodec.TextCharsMax),
            MaxExpansions = Expansions(ref reader),
            MinimumShouldMatch = reader.TryNil("query.rules.minimumShouldMatch") ? null : Minimum(ref reader),
            ZeroTermsAll = reader.Boolean("query.rules.zeroTermsAll"),
            Lenient = reader.Boolean("query.rules.lenient"),
            Analyzer = fields > 6 ? QueryNodeCodec.Analyzer(ref reader) : null,
        };
        reader.EndRecord(fields, 7);
        return rules == MatchRules.Plain ? MatchRules.Plain : rules;
    }

    private static Fuzziness? ReadFuzziness(ref BodyReader reader)
    {
        const string Name = "query.rules.fuzziness";
        if (reader.TryNil(Name)) return null;
        var text = reader.Text(Name, MessageLimits.NameBytesMax);
        if (!Fuzziness.TryParse(text, out var fuzziness))
            BodyReader.Fail(Name, $"'{text}' is not known; {Fuzziness.Allowed} are.");
        return fuzziness;
    }

    private static int Expansions(ref BodyReader reader) =>
        reader.Int32("query.maxExpansions", 1, MatchRules.ExpansionsMax);

    private static string Minimum(ref BodyReader reader) =>
        reader.Text("query.minimumShouldMatch", ClauseMinimum.CharsMax);

    private static string[] Fields(ref BodyReader reader) =>
        reader.Texts("query.fields", CollectionSchema.FieldsMax, MessageLimits.FieldNameBytesMax);

    private static void WriteMultiMatch(ref MessagePackWriter writer, MultiMatchQuery node, int depth)
    {
        QueryNodeCodec.WriteTexts(ref writer, node.Fields);
        writer.WriteText(node.Text);
        writer.Write((byte)node.Type);
        writer.Write(node.AllWords);
        if (node.TieBreaker is { } tie) writer.Write(tie);
        else writer.WriteNil();
        writer.Write(node.Slop);
        WriteRules(ref writer, node.Rules);
    }

    private static MultiMatchQuery ReadMultiMatch(ref BodyReader reader, int fields, int depth) => new(
        Fields(ref reader),
        QueryNodeCodec.Text(ref reader, "query.text"),
        (MultiMatchType)reader.Int32("query.type", 0, (int)MultiMatchType.BoolPrefix))
    {
        AllWords = reader.Boolean("query.allWords"),
        TieBreaker = reader.TryNil("query.tieBreaker") ? null : (float)reader.Double("query.tieBreaker"),
        Slop = reader.Int32("query.slop", 0, QueryNodeCodec.TextCharsMax),
        Rules = ReadRules(ref reader),
    };

    private static void WriteMoreLikeThis(ref MessagePackWriter writer, MoreLikeThisQuery node, int depth)
    {
        QueryNodeCodec.WriteTexts(ref writer, node.Fields);
        WriteExamples(ref writer, node.Like);
        WriteExamples(ref writer, node.Unlike);
        writer.Write(node.MaxQueryTerms);
        writer.Write(node.MinTermFrequency);
        writer.Write(node.MinDocumentFrequency);
        if (node.MaxDocumentFrequency is { } most) writer.Write(most);
        else writer.WriteNil();
        writer.Write(node.MinWordLength);
        writer.Write(node.MaxWordLength);
        writer.Write(node.MinimumShouldMatch);
        writer.Write(node.BoostTerms);
        writer.Write(node.Include);
    }

    private static MoreLikeThisQuery ReadMoreLikeThis(ref BodyReader reader, int fields, int depth) =>
        new(Fields(ref reader))
        {
            Like = ReadExamples(ref reader, "query.like"),
            Unlike = ReadExamples(ref reader, "query.unlike"),
            MaxQueryTerms = reader.Int32("query.maxQueryTerms", 1, MoreLikeThisQuery.QueryTermsMax),
            MinTermFrequency = reader.Int32("query.minTermFrequency"),
            MinDocumentFrequency = reader.Int32("query.minDocumentFrequency"),
            MaxDocumentFrequency = reader.TryNil("query.maxDocumentFrequency")
                ? null
                : reader.Int32("query.maxDocumentFrequency"),
            MinWordLength = reader.Int32("query.minWordLength"),
            MaxWordLength = reader.Int32("query.maxWordLength"),
            MinimumShouldMatch = Minimum(ref reader),
            BoostTerms = (float)reader.Double("query.boostTerms"),
            Include = reader.Boolean("query.include"),
        };

    private static void WriteExamples(ref MessagePackWriter writer, MoreLikeThisExamples examples)
    {
        writer.WriteArrayHeader(4);
        QueryNodeCodec.WriteTexts(ref writer, examples.Texts);
        QueryNodeCodec.WriteTexts(ref writer, examples.Documents);
        QueryNodeCodec.WriteTexts(ref writer, examples.Paths);
        writer.Write(examples.AreRead);
    }

    private static MoreLikeThisExamples ReadExamples(ref BodyReader reader, string name)
    {
        var fields = reader.BeginRecord(name, 4);
        var examples = new MoreLikeThisExamples
        {
            Texts = reader.Texts(name + ".texts", MoreLikeThisQuery.ExamplesMax, MessageLimits.TermBytesMax),
            Documents = reader.Texts(
                name + ".documents", MoreLikeThisQuery.ExamplesMax, MoreLikeThisQuery.DocumentBytesMax),
            Paths = reader.Texts(name + ".paths", MoreLikeThisQuery.ExamplesMax, ProtocolLimits.PathBytesMax),
            AreRead = reader.Boolean(name + ".areRead"),
        };
        reader.EndRecord(fields, 4);
        var bytes = 0L;
        foreach (var document in examples.Documents) bytes += Encoding.UTF8.GetByteCount(document);
        if (bytes > MoreLikeThisQuery.DocumentBytesMax)
            BodyReader.Fail(name, $"documents of {bytes} bytes; {MoreLikeThisQuery.DocumentBytesMax} are allowed.");
        return examples;
    }
}
