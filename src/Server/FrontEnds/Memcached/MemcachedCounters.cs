namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>What <c>stats</c> counts; memcached's names, which <see cref="StatsReport"/> spells as it does.</summary>
internal enum MemcachedCounter
{
    CmdGet,
    CmdSet,
    CmdFlush,
    CmdTouch,
    CmdMeta,
    GetHits,
    GetMisses,
    DeleteMisses,
    DeleteHits,
    IncrMisses,
    IncrHits,
    DecrMisses,
    DecrHits,
    CasMisses,
    CasHits,
    CasBadval,
    TouchHits,
    TouchMisses,
    StoreTooLarge,
    StoreNoMemory,
    AuthCmds,
    AuthErrors,
    BytesRead,
    BytesWritten,
}

/// <summary>
/// Counters of one session, written by its loop alone and read by anybody: a reading may miss what happens meanwhile.
/// </summary>
internal sealed class MemcachedCounters
{
    private readonly long[] _values = new long[Kinds];

    /// <summary>How many counters there are.</summary>
    public static int Kinds { get; } = Enum.GetValues<MemcachedCounter>().Length;

    /// <summary>Adds to one.</summary>
    public void Add(MemcachedCounter counter, long number = 1)
    {
        ref var value = ref _values[(int)counter];
        Volatile.Write(ref value, value + number);
    }

    /// <summary>Adds all to <paramref name="sums"/>, which has <see cref="Kinds"/>.</summary>
    public void AddTo(Span<long> sums)
    {
        for (var i = 0; i < _values.Length; i++) sums[i] += Volatile.Read(ref _values[i]);
    }

    /// <summary>Counts keys that were read, or read and touched.</summary>
    public void CountReads(bool touches, int hits, int misses)
    {
        Add(touches ? MemcachedCounter.CmdTouch : MemcachedCounter.CmdGet, hits + misses);
        if (hits > 0) Add(touches ? MemcachedCounter.TouchHits : MemcachedCounter.GetHits, hits);
        if (misses > 0) Add(touches ? MemcachedCounter.TouchMisses : MemcachedCounter.GetMisses, misses);
    }

    /// <summary>Counts a command on one key that has ended.</summary>
    public void CountCommand(in EntryRequest request, CommandResult result)
    {
        if (request.IsMeta) Add(MemcachedCounter.CmdMeta);
        switch (request.Verb)
        {
            case MemcachedVerb.MetaDebug:
                break;
            case MemcachedVerb.MetaGet:
            case MemcachedVerb.Touch:
                var touches = request.Verb == MemcachedVerb.Touch || request.HasTtl;
                var hits = result == CommandResult.Hit ? 1 : 0;
                CountReads(touches, hits, result == CommandResult.Miss ? 1 : 0);
                break;
            case MemcachedVerb.Delete:
            case MemcachedVerb.MetaDelete:
                CountPair(result, MemcachedCounter.DeleteHits, MemcachedCounter.DeleteMisses);
                break;
            case MemcachedVerb.Incr:
            case MemcachedVerb.Decr:
            case MemcachedVerb.MetaArithmetic:
                if (request.IsDecrement) CountPair(result, MemcachedCounter.DecrHits, MemcachedCounter.DecrMisses);
                else CountPair(result, MemcachedCounter.IncrHits, MemcachedCounter.IncrMisses);
                break;
            default:
                CountStore(request, result);
                break;
        }
    }

    private void CountStore(in EntryRequest request, CommandResult result)
    {
        Add(MemcachedCounter.CmdSet);
        if (result == CommandResult.TooLarge) Add(MemcachedCounter.StoreTooLarge);
        if (result == CommandResult.NoMemory) Add(MemcachedCounter.StoreNoMemory);
        if (!request.HasCompare) return;
        if (result == CommandResult.BadValue) Add(MemcachedCounter.CasBadval);
        else CountPair(result, MemcachedCounter.CasHits, MemcachedCounter.CasMisses);
    }

    private void CountPair(CommandResult result, MemcachedCounter hits, MemcachedCounter misses)
    {
        if (result == CommandResult.Hit) Add(hits);
        else if (result is CommandResult.Miss or CommandResult.BadValue) Add(misses);
    }
}
