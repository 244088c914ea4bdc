using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Kinds of query that everything else is put together from.</summary>
internal static class CoreQueries
{
    public static readonly NodeCodec[] All =
    [
        new NodeCodec<MatchAllQuery>(
            1, 0, static (ref writer, node, depth) => { }, static (ref reader, fields, depth) => new MatchAllQuery()),
        new NodeCodec<QueryStringQuery>(
            2, 3,
            static (ref writer, node, depth) =>
            {
                writer.WriteText(node.Text);
                QueryNodeCodec.WriteTexts(ref writer, node.Fields);
                writer.Write(node.AllWords);
                if (node.Lenient || node.Analyzer is not null) writer.Write(node.Lenient);
                if (node.Analyzer is not null) writer.WriteText(node.Analyzer);
            },
            5, static node => node.Analyzer is not null ? 5 : node.Lenient ? 4 : 3,
            static (ref reader, fields, depth) => new QueryStringQuery(
                QueryNodeCodec.Text(ref reader, "query.text"),
                reader.Texts("query.fields", CollectionSchema.FieldsMax, MessageLimits.FieldNameBytesMax),
                reader.Boolean("query.allWords"))
            {
                Lenient = fields > 3 && reader.Boolean("query.lenient"),
                Analyzer = fields > 4 ? QueryNodeCodec.Analyzer(ref reader) : null,
            }),
        new NodeCodec<MatchQuery>(
            3, 3,
            static (ref writer, node, depth) =>
            {
                writer.WriteText(node.Field);
                writer.WriteText(node.Text);
                writer.Write(node.AllWords);
                if (node.Rules != MatchRules.Plain) TextQueries.WriteRules(ref writer, node.Rules);
            },
            4, static node => node.Rules != MatchRules.Plain,
            static (ref reader, fields, depth) => new MatchQuery(
                QueryNodeCodec.Field(ref reader),
                QueryNodeCodec.Text(ref reader, "query.text"),
                reader.Boolean("query.allWords"))
            {
                Rules = fields > 3 ? TextQueries.ReadRules(ref reader) : MatchRules.Plain,
            }),
        new NodeCodec<TermQuery>(
            4, 2,
            static (ref writer, node, depth) => WriteTwo(ref writer, node.Field, node.Value),
            static (ref reader, fields, depth) => new TermQuery(
                QueryNodeCodec.Field(ref reader), QueryNodeCodec.Text(ref reader, "query.value"))),
        new NodeCodec<PhraseQuery>(
            5, 3,
            static (ref writer, node, depth) =>
            {
                writer.WriteText(node.Field);
                writer.WriteText(node.Text);
                writer.Write(node.Slop);
                if (node.Analyzer is not null) writer.WriteText(node.Analyzer);
            },
            4, static node => node.Analyzer is not null,
            static (ref reader, fields, depth) => new PhraseQuery(
                QueryNodeCodec.Field(ref reader),
                QueryNodeCodec.Text(ref reader, "query.text"),
                reader.Int32("query.slop", 0, QueryNodeCodec.TextCharsMax))
            {
                Analyzer = fields > 3 ? QueryNodeCodec.Analyzer(ref reader) : null,
            }),
        new NodeCodec<PrefixQuery>(
            6, 2,
            static (ref writer, node, depth) => WriteTwo(ref writer, node.Field, node.Prefix),
            static (ref reader, fields, depth) => new PrefixQuery(
                QueryNodeCodec.Field(ref reader), QueryNodeCodec.Text(ref reader, "query.prefix"))),
        new NodeCodec<RangeQuery>(7, 5, WriteRange, 6, static node => node.TimeZone is not null, ReadRange),
        new NodeCodec<BooleanQuery>(
            8, 4, WriteBoolean, 5, static node => node.MinimumShouldMatch is not null, ReadBoolean),
        new NodeCodec<WildcardQuery>(
            9, 2,
            static (ref writer, node, depth) =>
            {
                WriteTwo(ref writer, node.Field, node.Pattern);
                if (node.Edits > 0) writer.Write(node.Edits);
            },
            3, static node => node.Edits > 0,
            static (ref reader, fields, depth) => new WildcardQuery(
                QueryNodeCodec.Field(ref reader), QueryNodeCodec.Text(ref reader, "query.pattern"))
            {
                Edits = fields > 2 ? reader.Int32("query.edits", 0, FuzzyQuery.EditsMax) : 0,
            }),
        new NodeCodec<RegexpQuery>(
            10, 2,
            static (ref writer, node, depth) => WriteTwo(ref writer, node.Field, node.Pattern),
            static (ref reader, fields, depth) => new RegexpQuery(
                QueryNodeCodec.Field(ref reader), QueryNodeCodec.Text(ref reader, "query.pattern"))),
        new NodeCodec<FuzzyQuery>(11, 4, WriteFuzzy, ReadFuzzy),
        new NodeCodec<ExistsQuery>(
            12, 1,
            static (ref writer, node, depth) => writer.WriteText(node.Field),
            static (ref reader, fields, depth) => new ExistsQuery(QueryNodeCodec.Field(ref reader))),
        new NodeCodec<PathsQuery>(
            13, 1,
            static (ref writer, node, depth) => QueryNodeCodec.WriteTexts(ref writer, node.Paths),
            static (ref reader, fields, depth) => new PathsQuery(
                reader.Texts("query.paths", PathsQuery.PathsMax, ProtocolLimits.PathBytesMax))),
        new NodeCodec<ConstantScoreQuery>(
            14, 1,
            static (ref writer, node, depth) => QueryNodeCodec.Write(ref writer, node.Query, depth + 1),
            static (ref reader, fields, depth) =>
                new ConstantScoreQuery(QueryNodeCodec.Read(ref reader, depth + 1))),
    ];

    private static void WriteTwo(ref MessagePackWriter writer, string field, string text)
    {
        writer.WriteText(field);
        writer.WriteText(text);
    }

    private static void WriteRange(ref MessagePackWriter writer, RangeQuery node, int depth)
    {
        writer.WriteText(node.Field);
        writer.WriteText(node.From);
        writer.WriteText(node.To);
        writer.Write(node.IncludeFrom);
        writer.Write(node.IncludeTo);
        if (node.TimeZone is { } zone) writer.WriteText(zone);
    }

    private static RangeQuery ReadRange(ref BodyReader reader, int fields, int depth) => new(
        QueryNodeCodec.Field(ref reader),
        QueryNodeCodec.TextOrNull(ref reader, "query.from"),
        QueryNodeCodec.TextOrNull(ref reader, "query.to"),
        reader.Boolean("query.includeFrom"),
        reader.Boolean("query.includeTo"))
    {
        TimeZone = fields > 5 ? reader.TextOrNull("query.timeZone", MessageLimits.NameBytesMax) : null,
    };

    private static void WriteFuzzy(ref MessagePackWriter writer, FuzzyQuery node, int depth)
    {
        WriteTwo(ref writer, node.Field, node.Text);
        writer.Write(node.Edits);
        writer.Write(node.PrefixLength);
    }

    private static FuzzyQuery ReadFuzzy(ref BodyReader reader, int fields, int depth) => new(
        QueryNodeCodec.Field(ref reader),
        QueryNodeCodec.Text(ref reader, "query.text"),
        (int)reader.Int64("query.edits", FuzzyQuery.AutoEdits, FuzzyQuery.EditsMax),
        reader.Int32("query.prefixLength", 0, QueryNodeCodec.TextCharsMax));

    private static void WriteBoolean(ref MessagePackWriter writer, BooleanQuery node, int depth)
    {
        QueryNodeCodec.WriteNodes(ref writer, node.Must, depth);
        QueryNodeCodec.WriteNodes(ref writer, node.Should, depth);
        QueryNodeCodec.WriteNodes(ref writer, node.MustNot, depth);
        QueryNodeCodec.WriteNodes(ref writer, node.Filter, depth);
        if (node.MinimumShouldMatch is { } minimum) writer.Write(minimum);
    }

    private static BooleanQuery ReadBoolean(ref BodyReader reader, int fields, int depth) => new(
        QueryNodeCodec.Nodes(ref reader, "query.must", depth),
        QueryNodeCodec.Nodes(ref reader, "query.should", depth),
        QueryNodeCodec.Nodes(ref reader, "query.mustNot", depth),
        QueryNodeCodec.Nodes(ref reader, "query.filter", depth))
    {
        MinimumShouldMatch = fields > 4 && !reader.TryNil("query.minimumShouldMatch")
            ? reader.Int32("query.minimumShouldMatch", 0, QueryNodeCodec.NodesMax)
            : null,
    };
}
