using System.Collections.Frozen;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Durability;

/// <summary>
/// The declared collections at one moment, their other names, and which of them a path belongs to: the one with the
/// longest prefix. Immutable. An index keeps its place, its <i>ordinal</i>, until it is dropped.
/// </summary>
internal sealed class CollectionTable
{
    /// <summary>Indexes of one leaf. 1,024: each has files in every shard.</summary>
    public const int CollectionsMax = 1_024;

    /// <summary>Other names that lead to collections: 1,024.</summary>
    public const int AliasesMax = 1_024;

    /// <summary>Indexes dropped whose documents logs may still have: 4,096.</summary>
    public const int DroppedMax = 4_096;

    private readonly FrozenDictionary<string, int> _byName;
    private readonly Level[] _levels;

    public CollectionTable(IReadOnlyList<CollectionSchema> collections)
        : this(
            [.. collections.Select(CollectionPlace.Declared)], FrozenDictionary<string, CollectionAlias>.Empty,
            FrozenSet<string>.Empty)
    {
    }

    public CollectionTable(
        IReadOnlyList<CollectionPlace> places, IReadOnlyDictionary<string, CollectionAlias> aliases,
        IReadOnlySet<string> dropped)
    {
        Places = places;
        Aliases = aliases;
        Dropped = dropped;
        var serving = Enumerable.Range(0, places.Count).Where(i => places[i].State == PlaceState.Serving).ToArray();
        var names = Enumerable.Range(0, places.Count)
            .Where(i => places[i].State != PlaceState.Dropped)
            .ToDictionary(i => places[i].IndexName, i => i, StringComparer.Ordinal);
        foreach (var ordinal in serving) names[places[ordinal].Schema.Name] = ordinal;
        Collections = [.. serving.Select(ordinal => places[ordinal].Schema)];
        _byName = names.ToFrozenDictionary(StringComparer.Ordinal);
        _levels =
        [
            .. serving.Select(ordinal => (Prefix: Encoding.UTF8.GetBytes(places[ordinal].Schema.PathPrefix), ordinal))
                .GroupBy(entry => entry.Prefix.Length)
                .OrderByDescending(group => group.Key)
                .Select(group => new Level(group)),
        ];
    }

    public static CollectionTable Empty { get; } = new([]);

    /// <summary>By ordinal.</summary>
    public IReadOnlyList<CollectionPlace> Places { get; }

    /// <summary>By their names.</summary>
    public IReadOnlyDictionary<string, CollectionAlias> Aliases { get; }

    /// <summary>The schemas of the collections, of the indexes that serve them.</summary>
    public IReadOnlyList<CollectionSchema> Collections { get; }

    /// <summary>
    /// Names of indexes that are no more, while a log may have documents of their collections and a crash may have left
    /// their files.
    /// </summary>
    public IReadOnlySet<string> Dropped { get; }

    /// <summary>The index that a name leads to: of a collection, of an alias, or of the index itself.</summary>
    public bool TryFind(string name, out int ordinal) =>
        _byName.TryGetValue(name, out ordinal)
        || (Aliases.TryGetValue(name, out var alias) && _byName.TryGetValue(alias.Collection, out ordinal));

    /// <summary>What an answer says of the index that a name led to; null where it has led nowhere else.</summary>
    public ServedIndex? Served(string name, int ordinal)
    {
        var place = Places[ordinal];

        // By its own name it is found also before it serves; all leaves are to say the same of it then.
        if (place.Generation != 0 && name == place.IndexName) return null;
        var since = Aliases.TryGetValue(name, out var alias) ? Math.Max(alias.Version, place.Since) : place.Since;
        return since == 0 ? null : new ServedIndex(place.Since == 0 ? place.Schema.Name : place.IndexName, since);
    }

    /// <summary>The index that is being filled for a collection; false when there is none.</summary>
    public bool TryFindBuilding(string collection, out int ordinal)
    {
        for (ordinal = 0; ordinal < Places.Count; ordinal++)
        {
            var place = Places[ordinal];
            if (place.State == PlaceState.Building && place.Schema.Name == collection) return true;
        }

        ordinal = -1;
        return false;
    }

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

    /// <summary>The ordinal that the next index gets: one that was dropped, or one more.</summary>
    public int NextOrdinal()
    {
        for (var i = 0; i < Places.Count; i++)
            if (Places[i].State == PlaceState.Dropped) return i;
        return Places.Count;
    }

    /// <summary>The table with places put at ordinals; the one behind the last is added.</summary>
    public CollectionTable With(params ReadOnlySpan<(int Ordinal, CollectionPlace Place)> changes)
    {
        var places = Places.ToList();
        foreach (var (ordinal, place) in changes)
        {
            if (ordinal == places.Count) places.Add(place);
            else places[ordinal] = place;
        }

        var dropped = places.Where(place => place.State == PlaceState.Dropped).Select(place => place.IndexName);
        return new CollectionTable(places, Aliases, Dropped.Union(dropped).ToFrozenSet(StringComparer.Ordinal));
    }

    /// <summary>The table with other aliases.</summary>
    public CollectionTable With(IEnumerable<KeyValuePair<string, CollectionAlias>> aliases) =>
        new(Places, aliases.ToFrozenDictionary(StringComparer.Ordinal), Dropped);

    /// <summary>
    /// The table that takes an index for dropped which is about to be made: what a crash leaves of it is cleared away.
    /// </summary>
    public CollectionTable Intending(string indexName) =>
        new(Places, Aliases, Dropped.Append(indexName).ToFrozenSet(StringComparer.Ordinal));

    /// <summary>The table in which an index is there that was about to be made.</summary>
    public CollectionTable Confirming(string indexName) =>
        new(Places, Aliases, Dropped.Where(name => name != indexName).ToFrozenSet(StringComparer.Ordinal));

    /// <summary>The table that remembers of the indexes dropped only those of some collections.</summary>
    public CollectionTable Remembering(IReadOnlySet<string> collections) => new(
        Places, Aliases,
        Dropped.Where(name => collections.Contains(CollectionOf(name))).ToFrozenSet(StringComparer.Ordinal));

    /// <summary>Whether an index of a collection was dropped, of whose documents a log may have some.</summary>
    public bool HasDropped(string collection) => Dropped.Any(name => CollectionOf(name) == collection);

    /// <summary>A place for the first index of a collection, with a name that none had that was dropped.</summary>
    public CollectionPlace Declared(CollectionSchema schema)
    {
        var place = CollectionPlace.Declared(schema);
        while (Dropped.Contains(place.IndexName)) place = place with { Generation = place.Generation + 1 };
        return place;
    }

    private static string CollectionOf(string indexName) =>
        indexName.Split(CollectionPlace.GenerationMark)[0];

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
