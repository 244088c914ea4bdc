using System.Buffers.Binary;
using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// What every kind of request works with: the shards and collections of the moment, the pool, and the way to answer.
/// The two tables are replaced by maintenance and read by all.
/// </summary>
internal sealed class LeafCore(LeafOptions options, PendingContext pending, LeafThreads threads, ShardTable shards)
{
    private volatile ShardTable _shards = shards;
    private volatile CollectionTable _collections = CollectionTable.Empty;
    private long _repairs;
    private ulong _lastFill;

    public LeafOptions Options => options;

    public PendingContext Pending => pending;

    public LeafClock Clock => pending.Clock;

    public Replier Replier => pending.Replier;

    public LeafThreads Threads => threads;

    public SearchPool Pool => threads.Searches;

    /// <summary>What points in time hold.</summary>
    public HeldSnapshots Held { get; } = new(options, pending.Clock);

    /// <summary>Indexes of shards that were filled anew since the start.</summary>
    public long Repairs => Interlocked.Read(ref _repairs);

    /// <summary>Collections whose entries were not all made documents, as that failed. Maintenance.</summary>
    public HashSet<string> HalfTaken { get; } = new(StringComparer.Ordinal);

    /// <summary>Nothing, but in tests.</summary>
    public LeafHooks Hooks { get; } = new();

    public ShardTable Shards
    {
        get => _shards;
        set => _shards = value;
    }

    public CollectionTable Collections
    {
        get => _collections;
        set => _collections = value;
    }

    /// <summary>A number for a filling that none had in this life of the leaf or an earlier. Maintenance.</summary>
    public ulong NextFill() =>
        _lastFill = Math.Max(_lastFill + 1, (ulong)Clock.UnixMs(Clock.Ticks()) << 16);

    /// <summary>Counts an index that was filled anew.</summary>
    public void Repaired() => Interlocked.Increment(ref _repairs);

    /// <summary>
    /// The shard a request is for; null, and answered with our epoch, when it is not to be served here.
    /// </summary>
    public ShardEngine? FindShard(in Request request)
    {
        var table = Shards;
        var shard = table.Find(request.Header.Epoch, request.Header.Shard);
        if (shard is not null) return shard;
        Span<byte> epoch = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(epoch, table.Epoch);
        Replier.Send(request, StatusCode.WrongShard, 0, epoch);
        return null;
    }

    /// <summary>The text of the error for a collection that is not declared.</summary>
    public static string NoSuchCollection(string name) =>
        $"No collection '{name}' is declared; 'hedgerow collection list' and GET /v1/collections tell which are.";
}
