using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>
/// The query tree: each node is an array of its kind, its boost, and the kind's own fields. The limits of
/// <see cref="QueryNode"/> are enforced on read, so that a leaf may follow a tree by recursion.
/// </summary>
internal static class QueryNodeCodec
{
    /// <summary>Nodes on the way from the root to a leaf, both counted.</summary>
    public const int DepthMax = 32;

    /// <summary>Nodes of the whole tree.</summary>
    public const int NodesMax = 1_024;

    /// <summary>UTF-16 characters of one text.</summary>
    public const int TextCharsMax = 8_192;

    private const int MatchAll = 1;
    private const int QueryString = 2;
    private const int Match = 3;
    private const int Term = 4;
    private const int Phrase = 5;
    private const int Prefix = 6;
    private const int Range = 7;
    private const int Boolean = 8;
    private const int Wildcard = 9;
    private const int Regexp = 10;
    private const int Fuzzy = 11;
    private const int Exists = 12;
    private const int Paths = 13;
    private const int ConstantScore = 14;

    /// <exception cref="ArgumentException">The tree is deeper than <see cref="DepthMax"/>.</exception>
    public static void Write(ref MessagePackWriter writer, QueryNode node, int depth = 1)
    {
        if (depth > DepthMax) throw new ArgumentException($"The query is deeper than {DepthMax} nodes.", nameof(node));
        switch (node)
        {
            case MatchAllQuery:
                Begin(ref writer, node, MatchAll, fields: 0);
                break;
            case QueryStringQuery text:
                Begin(ref writer, node, QueryString, fields: 3);
                writer.Write(text.Text);
                WriteTexts(ref writer, text.Fields);
                writer.Write(text.AllWords);
                break;
            case MatchQuery match:
                Begin(ref writer, node, Match, fields: 3);
                writer.Write(match.Field);
                writer.Write(match.Text);
                writer.Write(match.AllWords);
                break;
            case TermQuery term:
                Begin(ref writer, node, Term, fields: 2);
                writer.Write(term.Field);
                writer.Write(term.Value);
                break;
            case PhraseQuery phrase:
                Begin(ref writer, node, Phrase, fields: 3);
                writer.Write(phrase.Field);
                writer.Write(phrase.Text);
                writer.Write(phrase.Slop);
                break;
            case PrefixQuery prefix:
                Begin(ref writer, node, Prefix, fields: 2);
                writer.Write(prefix.Field);
                writer.Write(prefix.Prefix);
                break;
            case RangeQuery range:
                Begin(ref writer, node, Range, fields: 5);
                writer.Write(range.Field);
                writer.Write(range.From);
                writer.Write(range.To);
                writer.Write(range.IncludeFrom);
                writer.Write(range.IncludeTo);
                break;
            case BooleanQuery boolean:
                WriteBoolean(ref writer, boolean, depth);
                break;
            default:
                WriteMore(ref writer, node, depth);
                break;
        }
    }

    private static void WriteMore(ref MessagePackWriter writer, QueryNode node, int depth)
    {
        switch (node)
        {
            case WildcardQuery wildcard:
                Begin(ref writer, node, Wildcard, fields: 2);
                writer.Write(wildcard.Field);
                writer.Write(wildcard.Pattern);
                break;
            case RegexpQuery regexp:
                Begin(ref writer, node, Regexp, fields: 2);
                writer.Write(regexp.Field);
                writer.Write(regexp.Pattern);
                break;
            case FuzzyQuery fuzzy:
                Begin(ref writer, node, Fuzzy, fields: 4);
                writer.Write(fuzzy.Field);
                writer.Write(fuzzy.Text);
                writer.Write(fuzzy.Edits);
                writer.Write(fuzzy.PrefixLength);
                break;
            case ExistsQuery exists:
                Begin(ref writer, node, Exists, fields: 1);
                writer.Write(exists.Field);
                break;
            case PathsQuery paths:
                Begin(ref writer, node, Paths, fields: 1);
                WriteTexts(ref writer, paths.Paths);
                break;
            case ConstantScoreQuery constant:
                Begin(ref writer, node, ConstantScore, fields: 1);
                Write(ref writer, constant.Query, depth + 1);
                break;
            default:
                throw new ArgumentException($"{node.GetType().Name} has no wire format.", nameof(node));
        }
    }

    private static void WriteBoolean(ref MessagePackWriter writer, BooleanQuery boolean, int depth)
    {
        Begin(ref writer, boolean, Boolean, fields: boolean.MinimumShouldMatch is null ? 4 : 5);
        WriteNodes(ref writer, boolean.Must, depth);
        WriteNodes(ref writer, boolean.Should, depth);
        WriteNodes(ref writer, boolean.MustNot, depth);
        WriteNodes(ref writer, boolean.Filter, depth);
        if (boolean.MinimumShouldMatch is { } minimum) writer.Write(minimum);
    }

    public static QueryNode Read(ref BodyReader reader, int depth = 1)
    {
        if (depth > DepthMax) BodyReader.Fail("query", $"deeper than {DepthMax} nodes.");
        if (++reader.QueryNodes > NodesMax) BodyReader.Fail("query", $"more than {NodesMax} nodes.");
        var fields = reader.BeginRecord("query", 2);
        var kind = reader.Int32("query.kind", 0, byte.MaxValue);
        var boost = (float)reader.Double("query.boost");
        if (!(boost > 0) || !float.IsFinite(boost)) BodyReader.Fail("query.boost", $"{boost} is not above 0.");
        var own = OwnFields(kind);
        if (fields - 2 < own) BodyReader.Fail("query", $"kind {kind} has {fields - 2} fields; {own} are needed.");
        var node = ReadOwn(ref reader, kind, depth);
        if (node is BooleanQuery group && fields - 2 > own)
        {
            own++;
            if (!reader.TryNil("query.minimumShouldMatch"))
                node = group with { MinimumShouldMatch = reader.Int32("query.minimumShouldMatch", 0, NodesMax) };
        }

        reader.EndRecord(fields, own + 2);
        return boost == 1 ? node : node with { Boost = boost };
    }

    public static void WriteTexts(ref MessagePackWriter writer, IReadOnlyList<string> texts)
    {
        writer.WriteArrayHeader(texts.Count);
        for (var i = 0; i < texts.Count; i++) writer.Write(texts[i]);
    }

    private static void Begin(ref MessagePackWriter writer, QueryNode node, int kind, int fields)
    {
        writer.WriteArrayHeader(fields + 2);
        writer.Write(kind);
        writer.Write(node.Boost);
    }

    private static void WriteNodes(ref MessagePackWriter writer, IReadOnlyList<QueryNode> nodes, int depth)
    {
        writer.WriteArrayHeader(nodes.Count);
        for (var i = 0; i < nodes.Count; i++) Write(ref writer, nodes[i], depth + 1);
    }

    private static int OwnFields(int kind)
    {
        switch (kind)
        {
            case MatchAll: return 0;
            case Exists or Paths or ConstantScore: return 1;
            case Term or Prefix or Wildcard or Regexp: return 2;
            case QueryString or Match or Phrase: return 3;
            case Boolean or Fuzzy: return 4;
            case Range: return 5;
            default:
                BodyReader.Fail("query.kind", $"{kind} is not known; {MatchAll} to {ConstantScore} are.");
                return 0;
        }
    }

    private static QueryNode ReadOwn(ref BodyReader reader, int kind, int depth) => kind switch
    {
        MatchAll => new MatchAllQuery(),
        QueryString => new QueryStringQuery(
            Text(ref reader, "query.text"),
            reader.Texts("query.fields", CollectionSchema.FieldsMax, MessageLimits.FieldNameBytesMax),
            reader.Boolean("query.allWords")),
        Match => new MatchQuery(Field(ref reader), Text(ref reader, "query.text"), reader.Boolean("query.allWords")),
        Term => new TermQuery(Field(ref reader), Text(ref reader, "query.value")),
        Phrase => new PhraseQuery(
            Field(ref reader), Text(ref reader, "query.text"), reader.Int32("query.slop", 0, TextCharsMax)),
        Prefix => new PrefixQuery(Field(ref reader), Text(ref reader, "query.prefix")),
        Range => new RangeQuery(
            Field(ref reader),
            TextOrNull(ref reader, "query.from"),
            TextOrNull(ref reader, "query.to"),
            reader.Boolean("query.includeFrom"),
            reader.Boolean("query.includeTo")),
        Wildcard => new WildcardQuery(Field(ref reader), Text(ref reader, "query.pattern")),
        Regexp => new RegexpQuery(Field(ref reader), Text(ref reader, "query.pattern")),
        Fuzzy => new FuzzyQuery(
            Field(ref reader),
            Text(ref reader, "query.text"),
            (int)reader.Int64("query.edits", FuzzyQuery.AutoEdits, FuzzyQuery.EditsMax),
            reader.Int32("query.prefixLength", 0, TextCharsMax)),
        Exists => new ExistsQuery(Field(ref reader)),
        Paths => new PathsQuery(
            reader.Texts("query.paths", PathsQuery.PathsMax, ProtocolLimits.PathBytesMax)),
        ConstantScore => new ConstantScoreQuery(Read(ref reader, depth + 1)),
        _ => new BooleanQuery(
            Nodes(ref reader, "query.must", depth),
            Nodes(ref reader, "query.should", depth),
            Nodes(ref reader, "query.mustNot", depth),
            Nodes(ref reader, "query.filter", depth)),
    };

    private static QueryNode[] Nodes(ref BodyReader reader, string field, int depth)
    {
        var count = reader.Count(field, NodesMax);
        if (count == 0) return [];
        var nodes = new QueryNode[count];
        for (var i = 0; i < count; i++) nodes[i] = Read(ref reader, depth + 1);
        return nodes;
    }

    private static string Field(ref BodyReader reader) => reader.Text("query.field", MessageLimits.FieldNameBytesMax);

    private static string Text(ref BodyReader reader, string field) =>
        Bounded(field, reader.Text(field, MessageLimits.TermBytesMax));

    private static string? TextOrNull(ref BodyReader reader, string field) =>
        reader.TryNil(field) ? null : Text(ref reader, field);

    private static string Bounded(string field, string text)
    {
        if (text.Length > TextCharsMax)
            BodyReader.Fail(field, $"{text.Length} characters; at most {TextCharsMax} are allowed.");
        return text;
    }
}
