using System.Globalization;

namespace Hedgerow.Router;

/// <summary>How far a repair is: what the cursor of its answers says, so that no router has to remember it.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Leaf">The leaf whose replica is filled; empty: look from its first on.</param>
/// <param name="Fill">Which filling of it: another that is begun meanwhile ends this one.</param>
/// <param name="Source">The leaf that is copied from; empty: the filling is to be begun.</param>
/// <param name="Done">The leaves that were copied from to their end, each behind a tab.</param>
/// <param name="After">Path behind which the next page begins.</param>
internal readonly record struct RepairPlace(
    ushort Shard, string Leaf, ulong Fill, string Source, string Done, string After)
{
    private const char Separator = '\n';

    /// <summary>As text; the path comes last, for it may have any character.</summary>
    public string Cursor => string.Join(
        Separator, Shard.ToString(CultureInfo.InvariantCulture), Leaf, Fill.ToString(CultureInfo.InvariantCulture),
        Source, Done, After);

    /// <summary>The beginning of all.</summary>
    public static RepairPlace First => new(0, "", 0, "", "", "");

    /// <summary>Whether all that a leaf has was copied.</summary>
    public bool IsDone(string leaf) => Done.Split('\t').Contains(leaf);

    /// <summary>Behind the last page of the source.</summary>
    public RepairPlace WithSourceDone() => this with { Done = $"{Done}\t{Source}" };

    /// <summary>Reads a cursor; false where it is none of ours.</summary>
    public static bool TryRead(string cursor, out RepairPlace place)
    {
        place = First;
        if (cursor.Length == 0) return true;
        var parts = cursor.Split(Separator, 6);
        if (parts.Length < 6
            || !ushort.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var shard)
            || !ulong.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var fill)) return false;
        place = new RepairPlace(shard, parts[1], fill, parts[3], parts[4], parts[5]);
        return true;
    }
}
