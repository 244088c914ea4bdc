namespace Hedgerow.Server.FrontEnds.Commands;

/// <summary>
/// The memory that one connection's answers may take while they wait for their turn (<c>limits.answers</c>). What finds
/// no room is dropped by whoever got it, and asked for again when its turn comes, so a pipeline of reads of the largest
/// values holds so many bytes and one answer, not as many answers as commands may run. Thread-safe but where said.
/// </summary>
/// <remarks>
/// Answers up to <see cref="FreeBytes"/> are not counted: as many as run at once come to a few megabytes, and cost
/// nothing here. Once large ones were seen, no more commands begin than such answers have room.
/// </remarks>
internal sealed class AnswerRoom(long bytesMax)
{
    /// <summary>Bytes of the largest answer that is not counted.</summary>
    public const int FreeBytes = 16 * 1024;

    private long _held;

    // The largest answer lately: falls by a sixteenth of the difference with each smaller one.
    private int _expected;

    /// <summary>Bytes held now.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>
    /// Takes room; false where there is none. One always fits, so that nothing waits for ever; the one whose turn it is
    /// always does, too.
    /// </summary>
    public bool TryTake(long bytes, bool isNext)
    {
        var before = Interlocked.Add(ref _held, bytes) - bytes;
        if (isNext || before <= 0 || before + bytes <= bytesMax) return true;
        Interlocked.Add(ref _held, -bytes);
        return false;
    }

    /// <summary>Gives room back.</summary>
    public void Give(long bytes) => Interlocked.Add(ref _held, -bytes);

    /// <summary>
    /// Whether one more may begin beside so many, going by how large answers were. One alone always may, however large
    /// they were: nothing else could tell that they have become smaller. The connection's.
    /// </summary>
    public bool HasRoom(int calls) =>
        calls == 0 || _expected <= FreeBytes || (Held < bytesMax && (calls + 1L) * _expected <= bytesMax);

    /// <summary>An answer had so many bytes. The connection's.</summary>
    public void Saw(int bytes)
    {
        if (bytes >= _expected) _expected = bytes;
        else if (_expected > FreeBytes) _expected -= (_expected - bytes + 15) / 16;
    }
}
