using System.Diagnostics.CodeAnalysis;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>
/// Commands of one node that look at so much (KEYS, a SCAN with a costly pattern) that an event loop must not run them:
/// they go on on the thread pool, few at a time, in slices, and the others wait for their turn. Thread-safe. Those that
/// wait are bounded by what each connection may have under way.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Its semaphore has no handle, and lives as long as the node.")]
internal sealed class LongReads
{
    /// <summary>Steps up to which a command stays on its loop: a millisecond or two.</summary>
    public const long StepsMax = 1024 * 1024;

    /// <summary>As many at a time.</summary>
    public const int AtOnceMax = 1;

    private readonly SemaphoreSlim _room = new(AtOnceMax);
    private long _begun;

    /// <summary>Commands so far that left their loop.</summary>
    public long Begun => Volatile.Read(ref _begun);

    /// <summary>Leaves the loop when there is room.</summary>
    /// <exception cref="OperationCanceledException">The client left while it waited.</exception>
    public async Task<Turn> BeginAsync(CancellationToken cancel)
    {
        Interlocked.Increment(ref _begun);
        await _room.WaitAsync(cancel).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return new Turn(_room);
    }

    /// <summary>One that runs. Dispose it once.</summary>
    public readonly struct Turn(SemaphoreSlim? room) : IDisposable
    {
        /// <summary>Between two slices: lets others have the thread, and those that wait their turn.</summary>
        public async ValueTask BreatheAsync(CancellationToken cancel)
        {
            if (room is null) return;
            cancel.ThrowIfCancellationRequested();
            room.Release();
            await room.WaitAsync(CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }

        /// <inheritdoc/>
        public void Dispose() => room?.Release();
    }

    /// <summary>Of a command that mostly ends at once: it leaves the loop when it goes on.</summary>
    public sealed class Later(RespCall call) : IDisposable
    {
        private Turn? _turn;

        /// <summary>Leaves the loop at first, and lets others have their turn after that.</summary>
        public async ValueTask BreatheAsync()
        {
            if (_turn is { } turn) await turn.BreatheAsync(call.Cancel);
            else _turn = await call.BeginLongAsync(long.MaxValue);
        }

        /// <inheritdoc/>
        public void Dispose() => _turn?.Dispose();
    }
}
