using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// What the shards of dynamic collections last said of their fields. A shard finds fields in the documents that it
/// holds, so that each may have others; told what all have, each plans a query as every other does.
/// </summary>
/// <remarks>
/// <para>An answer says which fields its shard has where they are not those that were assumed. So what is kept here is
/// a guess that is always checked, and a search is done twice only when a field is new to a shard that lacks it, or has
/// gone. What is assumed but gone from a collection that was made anew is noticed after <see cref="Kept"/>.</para>
/// <para>Bounded: a collection has one of <see cref="Slots"/> places and drives out who was there, with at most
/// <see cref="KnownFields.FieldsMax"/> fields. Thread-safe, without locks: rows are immutable.</para>
/// </remarks>
internal sealed class FoundFields(RouterClock clock)
{
    public const int Slots = 256;

    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);

    private readonly Row?[] _rows = new Row?[Slots];

    /// <summary>What to assume of a collection; null for nothing.</summary>
    public KnownFields? Find(string collection) => RowOf(collection)?.Known;

    /// <summary>Takes in what shards said.</summary>
    /// <param name="collection">Its name.</param>
    /// <param name="assumed">What they were told.</param>
    /// <param name="shards">The fields of each that answered; null where they are as it was told.</param>
    /// <returns>What they have to be asked under once more; null where the answers stand.</returns>
    public KnownFields? Learn(
        string collection, KnownFields? assumed, IReadOnlyList<IReadOnlyList<KnownField>?> shards)
    {
        if (shards.All(fields => fields is null)) return null;
        var before = RowOf(collection) is { } row && ReferenceEquals(row.Known, assumed) ? row.All : null;
        var asAssumed = shards.Any(fields => fields is null);
        var all = new SortedDictionary<string, FieldType>(StringComparer.Ordinal);
        if (asAssumed && before is not null)
            foreach (var (name, type) in before) all.Add(name, type);
        foreach (var (name, type) in shards.OfType<IReadOnlyList<KnownField>>().SelectMany(fields => fields))
            all[name] = all.TryGetValue(name, out var other) && other < type ? other : type;
        if (all.Count > KnownFields.FieldsMax)
        {
            Volatile.Write(ref _rows[SlotOf(collection)], null);
            return null;
        }

        var lacking = new HashSet<string>(StringComparer.Ordinal);
        foreach (var fields in shards.OfType<IReadOnlyList<KnownField>>())
            lacking.UnionWith(all.Keys.Except(fields.Select(field => field.Name)));
        if (asAssumed && assumed is not null)
        {
            lacking.UnionWith(assumed.Fields.Select(field => field.Name).Where(all.ContainsKey));
            if (before is not null) lacking.UnionWith(all.Keys.Except(before.Keys));
        }

        var known = new KnownFields(
            KnownFields.SumOf(all.Keys),
            [.. all.Where(field => lacking.Contains(field.Key)).Select(f => new KnownField(f.Key, f.Value))]);
        var until = clock.Now + clock.Ticks(Kept);
        Volatile.Write(ref _rows[SlotOf(collection)], new Row(collection, all, known, until));
        return known.Fields.SequenceEqual(assumed?.Fields ?? []) ? null : known;
    }

    private static int SlotOf(string collection) =>
        (int)((uint)string.GetHashCode(collection, StringComparison.Ordinal) % Slots);

    private Row? RowOf(string collection) =>
        Volatile.Read(ref _rows[SlotOf(collection)]) is { } row && row.Collection == collection
        && clock.Now < row.Until
            ? row
            : null;

    private sealed record Row(
        string Collection, SortedDictionary<string, FieldType> All, KnownFields Known, long Until);
}
