using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Whether a record uses fields that came later.</summary>
internal delegate bool UsesFields<in T>(T record);

/// <summary>Writes some fields of a record, one value for each, defaults where they are not used.</summary>
internal delegate void WriteFields<in T>(ref MessagePackWriter writer, T record);

/// <summary>
/// Fields that were added to a record after its first version, in groups that came together. What no later group uses
/// is not written at all, so that bytes and readers that are older stay as they are.
/// </summary>
/// <param name="Count">Fields of the group.</param>
/// <param name="AreUsed">Whether one of them is not its default.</param>
/// <param name="Write">Writes them all.</param>
internal sealed record LaterFields<T>(int Count, UsesFields<T> AreUsed, WriteFields<T> Write)
{
    /// <summary>Opens a record of so many first fields and what later groups it needs.</summary>
    /// <returns>How many groups have to follow the first fields: see <see cref="WriteGroups"/>.</returns>
    public static int Begin(ref MessagePackWriter writer, T record, int first, LaterFields<T>[] groups)
    {
        var used = groups.Length;
        while (used > 0 && !groups[used - 1].AreUsed(record)) used--;
        for (var i = 0; i < used; i++) first += groups[i].Count;
        writer.WriteArrayHeader(first);
        return used;
    }

    /// <summary>Writes the first groups.</summary>
    public static void WriteGroups(ref MessagePackWriter writer, T record, LaterFields<T>[] groups, int count)
    {
        for (var i = 0; i < count; i++) groups[i].Write(ref writer, record);
    }
}
