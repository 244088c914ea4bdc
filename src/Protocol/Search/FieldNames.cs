using System.Collections;
using System.Runtime.CompilerServices;

namespace Hedgerow.Protocol;

/// <summary>Names of fields, equal where they are the same in the same order. Immutable.</summary>
[CollectionBuilder(typeof(FieldNames), nameof(Of))]
public sealed class FieldNames : IReadOnlyList<string>, IEquatable<FieldNames>
{
    private readonly string[] _names;

    private FieldNames(string[] names) => _names = names;

    /// <summary>No names.</summary>
    public static FieldNames None { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _names.Length;

    /// <inheritdoc/>
    public string this[int index] => _names[index];

    /// <summary>Some names.</summary>
    public static FieldNames Of(ReadOnlySpan<string> names) => names.IsEmpty ? None : new FieldNames(names.ToArray());

    /// <inheritdoc/>
    public bool Equals(FieldNames? other) => other is not null && _names.AsSpan().SequenceEqual(other._names);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FieldNames);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var name in _names) hash.Add(name, StringComparer.Ordinal);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", _names);

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)_names).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
