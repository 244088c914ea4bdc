using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>
/// The query tree: each node is an array of its kind, its boost, and the kind's own fields, which the tables of kinds
/// beside this one know. The limits of <see cref="QueryNode"/> are enforced on read, so that a leaf may follow a tree
/// by recursion.
/// </summary>
internal static class QueryNodeCodec
{
    /// <summary>Nodes on the way from the root to a leaf, both counted.</summary>
    public const int DepthMax = QueryNode.DepthMax;

    /// <summary>Nodes of all trees of a message.</summary>
    public const int NodesMax = QueryNode.RequestNodesMax;

    /// <summary>Nodes that are read at most, so that the error of too many says how many there are.</summary>
    private const int CountedMax = 8 * NodesMax;

    /// <summary>UTF-16 characters of one text.</summary>
    public const int TextCharsMax = 8_192;

    private static readonly NodeCodec[] Codecs =
        [.. CoreQueries.All, .. TextQueries.All, .. ValueQueries.All, .. VectorQueries.All];

    private static readonly Dictionary<Type, NodeCodec> ByType = Codecs.ToDictionary(codec => codec.NodeType);

    private static readonly Dictionary<int, NodeCodec> ByKind = Codecs.ToDictionary(codec => codec.Kind);

    /// <exception cref="ArgumentException">The tree is deeper than <see cref="DepthMax"/>.</exception>
    public static void Write(ref MessagePackWriter writer, QueryNode node, int depth = 1)
    {
        if (depth > DepthMax) throw new ArgumentException($"The query is deeper than {DepthMax} nodes.", nameof(node));
        if (!ByType.TryGetValue(node.GetType(), out var codec))
            throw new ArgumentException($"{node.GetType().Name} has no wire format.", nameof(node));
        codec.Write(ref writer, node, depth);
    }

    public static QueryNode Read(ref BodyReader reader, int depth = 1)
    {
        if (depth > DepthMax) BodyReader.Fail("query", $"deeper than {DepthMax} nodes.");
        if (++reader.QueryNodes > CountedMax) Check(reader, isCounted: false);
        var fields = reader.BeginRecord("query", 2);
        var kind = reader.Int32("query.kind", 0, byte.MaxValue);
        var boost = (float)reader.Double("query.boost");
        if (!(boost > 0) || !float.IsFinite(boost)) BodyReader.Fail("query.boost", $"{boost} is not above 0.");
        if (!ByKind.TryGetValue(kind, out var codec))
            BodyReader.Fail("query.kind", $"{kind} is not known; {Known()} are.");
        if (fields - 2 < codec.Fields)
            BodyReader.Fail("query", $"kind {kind} has {fields - 2} fields; {codec.Fields} are needed.");
        var node = codec.Read(ref reader, fields - 2, depth);
        reader.EndRecord(fields, Math.Min(fields, codec.FieldsMost + 2));
        return boost == 1 ? node : node with { Boost = boost };
    }

    /// <summary>Ends the read of a message, all of which is read, whose trees have too many nodes together.</summary>
    public static void Check(in BodyReader reader, bool isCounted = true)
    {
        if (reader.QueryNodes > NodesMax)
            BodyReader.Fail("query", $"{QueryNode.TooManyNodes(reader.QueryNodes, isCounted)}.");
    }

    public static void WriteTexts(ref MessagePackWriter writer, IReadOnlyList<string> texts)
    {
        writer.WriteArrayHeader(texts.Count);
        for (var i = 0; i < texts.Count; i++) writer.WriteText(texts[i]);
    }

    /// <summary>Nodes within a node of a depth.</summary>
    public static void WriteNodes(ref MessagePackWriter writer, IReadOnlyList<QueryNode> nodes, int depth)
    {
        writer.WriteArrayHeader(nodes.Count);
        for (var i = 0; i < nodes.Count; i++) Write(ref writer, nodes[i], depth + 1);
    }

    /// <summary>Nodes within a node of a depth.</summary>
    public static QueryNode[] Nodes(ref BodyReader reader, string field, int depth)
    {
        var count = reader.Count(field, CountedMax);
        if (count == 0) return [];
        var nodes = new QueryNode[count];
        for (var i = 0; i < count; i++) nodes[i] = Read(ref reader, depth + 1);
        return nodes;
    }

    /// <summary>The numbers of the kinds, runs of them as their ends.</summary>
    private static string Known()
    {
        var kinds = ByKind.Keys.Order().ToArray();
        var ends = kinds.Where(kind => !ByKind.ContainsKey(kind + 1));
        var begins = kinds.Where(kind => !ByKind.ContainsKey(kind - 1));
        return string.Join(", ", begins.Zip(ends, (from, to) => from == to ? $"{from}" : $"{from} to {to}"));
    }

    /// <summary>The name of a field.</summary>
    public static string Field(ref BodyReader reader) =>
        reader.Text("query.field", MessageLimits.FieldNameBytesMax);

    /// <summary>The name of an analyzer, or null.</summary>
    public static string? Analyzer(ref BodyReader reader) =>
        reader.TextOrNull("query.analyzer", MessageLimits.NameBytesMax);

    /// <summary>A text of at most <see cref="TextCharsMax"/>.</summary>
    public static string Text(ref BodyReader reader, string field)
    {
        var text = reader.Text(field, MessageLimits.TermBytesMax);
        if (text.Length > TextCharsMax)
            BodyReader.Fail(field, $"{text.Length} characters; at most {TextCharsMax} are allowed.");
        return text;
    }

    /// <summary>As <see cref="Text"/>, or null for nil.</summary>
    public static string? TextOrNull(ref BodyReader reader, string field) =>
        reader.TryNil(field) ? null : Text(ref reader, field);
}
