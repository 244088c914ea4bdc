using System.Runtime.CompilerServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// The hits of one path in 2^<see cref="Shift"/>, noted by readers without a gate for whoever holds it. Notes are lost
/// when readers meet, and when there are more than fit until they are taken.
/// </summary>
internal sealed class PathSample
{
    /// <summary>No path is sampled.</summary>
    public const int ShiftNone = 24;

    /// <summary>Notes that fit.</summary>
    public const int Notes = 256;
    private readonly ulong[] _notes = new ulong[Notes];
    private uint _noted;
    private uint _taken;
    private int _shift = ShiftNone;

    /// <summary>Binary logarithm of the paths for each one that is sampled; a larger one's are among a smaller's.
    /// </summary>
    public int Shift
    {
        get => _shift;
        set => Volatile.Write(ref _shift, value);
    }

    public static long Bytes => Notes * sizeof(ulong);

    public static bool Has(ulong hash, int shift) =>
        shift != ShiftNone && (hash * 0xD6E8FEB86659FD93 >> 40 & ((1UL << shift) - 1)) == 0;

    /// <summary>Notes a hit if its path is sampled. Any thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Note(ulong hash)
    {
        if (!Has(hash, Volatile.Read(ref _shift))) return;
        var at = Volatile.Read(ref _noted);
        Volatile.Write(ref _notes[at % Notes], hash);
        Volatile.Write(ref _noted, at + 1);
    }

    /// <summary>The oldest note; false when all are taken. Under the gate.</summary>
    public bool TryTake(out ulong hash)
    {
        hash = 0;
        var noted = Volatile.Read(ref _noted);
        if (noted == _taken) return false;

        // There were more, or readers that met have set the count back: some notes are lost or taken twice.
        if (noted - _taken > Notes) _taken = noted - Notes;
        hash = Volatile.Read(ref _notes[_taken++ % Notes]);
        return true;
    }
}
