using System.Text;
using System.Text.Json;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// A member of documents: what fields are fed by, or an object with such members within, or both. Immutable once its
/// schema is made.
/// </summary>
internal sealed class FieldNode(byte[] name)
{
    private readonly List<FieldNode> _members = [];

    /// <summary>Numbers of the fields that it feeds; none where it feeds none.</summary>
    public ushort[] Fields { get; private set; } = [];

    /// <summary>Whether fields lie within.</summary>
    public bool HasMembers => _members.Count > 0;

    /// <summary>The member that the reader's name names, or null.</summary>
    public FieldNode? Find(ref Utf8JsonReader reader)
    {
        foreach (var member in _members)
            if (member.Is(ref reader)) return member;
        return reader.ValueSpan.Contains((byte)'.') ? Find(reader.GetString()) : null;
    }

    /// <summary>Adds a field by its name from here on.</summary>
    public void Add(ReadOnlySpan<char> path, int field)
    {
        var dot = path.IndexOf('.');
        var own = Encoding.UTF8.GetBytes((dot < 0 ? path : path[..dot]).ToString());
        var node = _members.Find(member => member.Is(own));
        if (node is null) _members.Add(node = new FieldNode(own));
        if (dot >= 0) node.Add(path[(dot + 1)..], field);
        else if (!node.Fields.Contains((ushort)field)) node.Fields = [.. node.Fields, (ushort)field];
    }

    /// <summary>The member that a name with dots names: the same as objects within each other.</summary>
    private FieldNode? Find(ReadOnlySpan<char> path)
    {
        var dot = path.IndexOf('.');
        var own = Encoding.UTF8.GetBytes((dot < 0 ? path : path[..dot]).ToString());
        var node = _members.Find(member => member.Is(own));
        return dot < 0 ? node : node?.Find(path[(dot + 1)..]);
    }

    private bool Is(ref Utf8JsonReader reader) => reader.ValueTextEquals(name);

    private bool Is(byte[] other) => name.AsSpan().SequenceEqual(other);
}
