namespace Hedgerow.Protocol;

/// <summary>
/// While a pump handles the batch it has read, flushes asked for on its thread wait for the end of the batch: one flush
/// for each connection written to, replies and forwarded requests alike.
/// </summary>
/// <remarks>
/// Per thread and re-entrant: a pump that is resumed inline inside another's batch joins it. Nothing awaits inside a
/// scope, so a scope never changes threads. Queues are taken off one by one, so that a flush may enter a scope of its
/// own.
/// </remarks>
public sealed class FlushScope
{
    /// <summary>Connections that may wait at once; one more is flushed at once rather than remembered.</summary>
    private const int QueuesMax = 64;

    [ThreadStatic]
    private static FlushScope? _current;

    private readonly OutboundQueue?[] _queues = new OutboundQueue?[QueuesMax];
    private int _count;
    private int _depth;

    private FlushScope()
    {
    }

    /// <summary>Begins a batch on this thread. Must be left on the same thread, with nothing awaited between.</summary>
    public static void Enter() => (_current ??= new FlushScope())._depth++;

    /// <summary>Ends it; the outermost end flushes every connection that was written to.</summary>
    public static void Exit()
    {
        var scope = _current!;
        if (--scope._depth > 0) return;
        while (scope._count > 0)
        {
            var queue = scope._queues[--scope._count]!;
            scope._queues[scope._count] = null;
            queue.FlushNow();
        }
    }

    /// <summary>Whether the flush of <paramref name="queue"/> is left to the end of this thread's batch.</summary>
    internal static bool TryDefer(OutboundQueue queue)
    {
        var scope = _current;
        if (scope is null || scope._depth == 0) return false;
        for (var i = scope._count - 1; i >= 0; i--)
        {
            if (ReferenceEquals(scope._queues[i], queue)) return true;
        }

        if (scope._count == QueuesMax) return false;
        scope._queues[scope._count++] = queue;
        return true;
    }
}
