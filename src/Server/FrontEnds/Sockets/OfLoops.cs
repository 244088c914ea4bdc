namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>One object for each loop that asks, made by its first look. Thread-safe.</summary>
/// <param name="create">Makes one; on the loop's thread.</param>
internal sealed class OfLoops<T>(Func<SessionLoop, T> create)
    where T : class
{
    private const int LoopsMax = 1_024;

    private readonly Entry?[] _byIndex = new Entry?[LoopsMax];

    /// <summary>The calling loop's; null on any other thread.</summary>
    public T? Current => SessionLoop.Current is { } loop ? Of(loop) : null;

    /// <summary>Those made so far.</summary>
    public IEnumerable<T> All => _byIndex.OfType<Entry>().Select(entry => entry.Item);

    // Written by the loop of that index alone; two sets of loops in one process share an index, and the second has
    // none.
    private T? Of(SessionLoop loop)
    {
        if (loop.Index >= LoopsMax) return null;
        var entry = _byIndex[loop.Index] ??= new Entry(loop, create(loop));
        return entry.Loop == loop ? entry.Item : null;
    }

    private sealed record Entry(SessionLoop Loop, T Item);
}
