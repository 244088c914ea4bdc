namespace Hedgerow.LoadGen.Keys;

/// <summary>
/// Which key the next request is for: a number below the size of the key space. One caller at a time.
/// </summary>
internal interface IKeyChooser
{
    /// <summary>The next key's number.</summary>
    long Next();
}

/// <summary>Every key equally often.</summary>
internal sealed class UniformKeys(long keys, Random random) : IKeyChooser
{
    public long Next() => random.NextInt64(keys);
}

/// <summary>A share of the requests goes to a share of the keys, evenly within each part.</summary>
internal sealed class HotSetKeys(long keys, double hotKeyShare, double hotRequestShare, Random random) : IKeyChooser
{
    private readonly long _hot = Math.Clamp((long)(keys * hotKeyShare), 1, keys);

    public long Next() =>
        _hot == keys || random.NextDouble() < hotRequestShare
            ? random.NextInt64(_hot)
            : _hot + random.NextInt64(keys - _hot);
}

/// <summary>Each key in turn, again from the first when all were asked for.</summary>
internal sealed class SequentialKeys(long keys) : IKeyChooser
{
    private long _next;

    public long Next()
    {
        if (_next == keys) _next = 0;
        return _next++;
    }
}

/// <summary>The keys of a trace, in its order, again from the start when it ends.</summary>
internal sealed class TraceKeys(long[] trace) : IKeyChooser
{
    private int _next;

    public long Next()
    {
        if (_next == trace.Length) _next = 0;
        return trace[_next++];
    }
}
