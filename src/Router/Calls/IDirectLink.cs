using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>A connection to a leaf that the calling thread itself moves the bytes of. That thread's.</summary>
public interface IDirectLink
{
    /// <summary>Sends soon. False, and nothing was done, when it can't now.</summary>
    /// <param name="header">The request's.</param>
    /// <param name="body">Copied before this returns.</param>
    /// <param name="taker">Gets the answer, later, on this thread.</param>
    /// <param name="requestId">What the other methods call it.</param>
    bool TrySend(in RequestHeader header, ReadOnlySpan<byte> body, ILinkTaker taker, out uint requestId);

    /// <summary>The answer is to be awaited from now on, instead of being given to the taker.</summary>
    ValueTask<Reply> Await(uint requestId, CancellationToken cancel);

    /// <summary>The answer is not wanted any more.</summary>
    void Drop(uint requestId);
}

/// <summary>A thread that has links of its own, as <see cref="DirectCalls"/> sees it.</summary>
public interface IDirectThread
{
    /// <summary>
    /// Ticks of the router's time, read when the thread last woke: older than now by what it did since.
    /// </summary>
    long NowTicks { get; }

    /// <summary>Has an action run on the thread soon. Any thread.</summary>
    void Post(Action action);
}
