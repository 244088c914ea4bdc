using System.Text;
using System.Text.Json;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// A member of documents: a field, or an object with fields within, or both. Immutable once its schema is made.
/// </summary>
internal sealed class FieldNode(byte[] name)
{
    private readonly List<FieldNode> _members = [];

    /// <summary>Number of the field, or -1.</summary>
    public int Field { get; private set; } = -1;

    /// <summary>Whether fields lie within.</summary>
    public bool HasMembers => _members.Count > 0;

    /// <summary>The member that the reader's name names, or null.</summary>
    public FieldNode? Find(ref Utf8JsonReader reader)
    {
        foreach (var member in _members)
            if (member.Is(ref reader)) return member;
        return null;
    }

    /// <summary>Adds a field by its name from here on.</summary>
    public void Add(ReadOnlySpan<char> path, int field)
    {
        var dot = path.IndexOf('.');
        var own = Encoding.UTF8.GetBytes((dot < 0 ? path : path[..dot]).ToString());
        var node = _members.Find(member => member.Is(own));
        if (node is null) _members.Add(node = new FieldNode(own));
        if (dot < 0) node.Field = field;
        else node.Add(path[(dot + 1)..], field);
    }

    private bool Is(ref Utf8JsonReader reader) => reader.ValueTextEquals(name);

    private bool Is(byte[] other) => name.AsSpan().SequenceEqual(other);
}
