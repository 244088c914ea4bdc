using System.Collections.Frozen;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Durability;

/// <summary>
/// The declared collections at one moment, and which of them a path belongs to: the one with the longest prefix.
/// Immutable. A collection keeps its place, its <i>ordinal</i>, for good.
/// </summary>
internal sealed class CollectionTable
{
    /// <summary>Collections of one leaf. 1,024: each has an index, with its files, in every shard.</summary>
    public const int CollectionsMax = 1_024;

    private readonly FrozenDictionary<string, int> _byName;
    private readonly Level[] _levels;

    public CollectionTable(IReadOnlyList<CollectionSchema> collections)
    {
        Collections = collections;
        _byName = Enumerable.Range(0, collections.Count)
            .ToFrozenDictionary(i => collections[i].Name, StringComparer.Ordinal);
        _levels =
        [
            .. collections.Select((schema, ordinal) => (Prefix: Encoding.UTF8.GetBytes(schema.PathPrefix), ordinal))
                .GroupBy(entry => entry.Prefix.Length)
                .OrderByDescending(group => group.Key)
                .Select(group => new Level(group)),
        ];
    }

    public static CollectionTable Empty { get; } = new([]);

    /// <summary>By ordinal.</summary>
    public IReadOnlyList<CollectionSchema> Collections { get; }

    public bool TryFind(string name, out int ordinal) => _byName.TryGetValue(name, out ordinal);

    /// <summary>Whether the path is a document's: it goes on behind a declared prefix. Allocates nothing.</summary>
    public bool TryResolve(ReadOnlySpan<byte> path, out int ordinal)
    {
        foreach (var level in _levels)
        {
            if (path.Length <= level.Length || !level.MayEndWith(path[level.Length - 1])) continue;
            if (level.TryFind(path[..level.Length], out ordinal)) return true;
        }

        ordinal = -1;
        return false;
    }

    /// <summary>
    /// The table with one schema added behind the others, or put in the place of the one of its name.
    /// </summary>
    public CollectionTable With(CollectionSchema schema)
    {
        var collections = Collections.ToList();
        if (TryFind(schema.Name, out var ordinal)) collections[ordinal] = schema;
        else collections.Add(schema);
        return new CollectionTable(collections);
    }

    /// <summary>The prefixes of one length, sorted.</summary>
    private sealed class Level
    {
        private readonly (byte[] Prefix, int Ordinal)[] _entries;
        private readonly bool[] _lastBytes = new bool[256];

        public Level(IEnumerable<(byte[] Prefix, int Ordinal)> entries)
        {
            _entries = [.. entries];
            Array.Sort(_entries, (a, b) => a.Prefix.AsSpan().SequenceCompareTo(b.Prefix));
            Length = _entries[0].Prefix.Length;
            foreach (var entry in _entries) _lastBytes[entry.Prefix[^1]] = true;
        }

        public int Length { get; }

        /// <summary>Whether a prefix ends so: told before any is compared, for most paths are no documents.</summary>
        public bool MayEndWith(byte last) => _lastBytes[last];

        public bool TryFind(ReadOnlySpan<byte> prefix, out int ordinal)
        {
            var low = 0;
            var high = _entries.Length - 1;
            while (low <= high)
            {
                var middle = (low + high) >>> 1;
                var order = prefix.SequenceCompareTo(_entries[middle].Prefix);
                if (order == 0)
                {
                    ordinal = _entries[middle].Ordinal;
                    return true;
                }

                if (order < 0) high = middle - 1;
                else low = middle + 1;
            }

            ordinal = -1;
            return false;
        }
    }
}
