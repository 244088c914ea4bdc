using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Writes a node's own fields, which the record has been opened for.</summary>
internal delegate void WriteNode<in T>(ref MessagePackWriter writer, T node, int depth)
    where T : QueryNode;

/// <summary>Reads a node's own fields.</summary>
/// <param name="reader">Before the first of them.</param>
/// <param name="fields">How many there are; at least as many as every version has, at most as many as this one.</param>
/// <param name="depth">Nodes from the root down to this one, both counted.</param>
internal delegate QueryNode ReadNode(ref BodyReader reader, int fields, int depth);

/// <summary>How one kind of query node is written and read.</summary>
internal abstract class NodeCodec
{
    private readonly ReadNode _read;

    /// <param name="kind">1 to 255, on the wire for ever.</param>
    /// <param name="type">Of the node.</param>
    /// <param name="fields">Of its own, in the first version.</param>
    /// <param name="fieldsMost">Of its own, with those that came later.</param>
    /// <param name="read">Reads them.</param>
    protected NodeCodec(int kind, Type type, int fields, int fieldsMost, ReadNode read)
    {
        Kind = kind;
        NodeType = type;
        Fields = fields;
        FieldsMost = fieldsMost;
        _read = read;
    }

    public int Kind { get; }

    public Type NodeType { get; }

    public int Fields { get; }

    public int FieldsMost { get; }

    public abstract void Write(ref MessagePackWriter writer, QueryNode node, int depth);

    /// <summary>Reads own fields.</summary>
    public QueryNode Read(ref BodyReader reader, int fields, int depth) =>
        _read(ref reader, Math.Min(fields, FieldsMost), depth);
}

/// <summary>See <see cref="NodeCodec"/>.</summary>
internal sealed class NodeCodec<T> : NodeCodec
    where T : QueryNode
{
    private readonly WriteNode<T> _write;
    private readonly Func<T, int> _count;

    /// <summary>A kind that has the fields it had in the beginning.</summary>
    public NodeCodec(int kind, int fields, WriteNode<T> write, ReadNode read)
        : this(kind, fields, write, fields, _ => fields, read)
    {
    }

    /// <summary>A kind that got fields later, which are written where a node uses them: all or none.</summary>
    public NodeCodec(
        int kind, int fields, WriteNode<T> write, int fieldsMost, UsesFields<T> usesLater, ReadNode read)
        : this(kind, fields, write, fieldsMost, node => usesLater(node) ? fieldsMost : fields, read)
    {
    }

    /// <summary>A kind that got fields more than once: how many a node writes.</summary>
    public NodeCodec(int kind, int fields, WriteNode<T> write, int fieldsMost, Func<T, int> count, ReadNode read)
        : base(kind, typeof(T), fields, fieldsMost, read)
    {
        _write = write;
        _count = count;
    }

    public override void Write(ref MessagePackWriter writer, QueryNode node, int depth)
    {
        var own = (T)node;
        writer.WriteArrayHeader(2 + _count(own));
        writer.Write(Kind);
        writer.Write(node.Boost);
        _write(ref writer, own, depth);
    }
}
