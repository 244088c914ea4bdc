using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Config;

namespace Hedgerow.Server.Hosting;

/// <summary>Settings in the form that leaf, router and protocol take them.</summary>
internal static class NodeOptions
{
    // Path, flags and the frame's own fields travel beside a value.
    private const int BytesBesideValue = 64 * 1024;

    /// <summary>For each leaf of the process; name and share of the memory are filled in where it is opened.</summary>
    public static LeafOptions Leaf(ServerSettings settings, IEntryEvents? events = null) => new()
    {
        Name = settings.Name,
        DataDirectory = settings.DataDirectory,
        MemoryBytes = settings.MemoryBytes,
        ValueBytesMax = settings.ValueBytesMax,
        Fsync = settings.Fsync,
        RefreshInterval = settings.RefreshInterval,
        MergeShare = settings.MergeShare,
        BackgroundShareMin = settings.BackgroundShareMin,
        SnapshotOnDrain = settings.SnapshotOnDrain,
        SnapshotLoad = settings.SnapshotLoad switch
        {
            "any" => SnapshotLoad.Any,
            "never" => SnapshotLoad.Never,
            _ => SnapshotLoad.Clean,
        },
        SearchThreads = settings.SearchThreadsResolved,
        IndexThreads = settings.IndexThreadsResolved,
        SearchQueueMax = settings.SearchQueueMax,
        SnapshotsHeldMax = settings.SnapshotsHeldMax,
        PointInTimeKeepAliveMax = settings.PointInTimeKeepAliveMax,
        PointInTimeMemoryBytes = settings.PointInTimeMemoryBytes,
        Shed = new ShedOptions
        {
            Enabled = settings.ShedEnabled,
            Target = settings.ShedTarget,
            Interval = settings.ShedInterval,
            SearchShare = settings.ShedShare,
            WriteShare = settings.ShedWriteShare,
        },
        AllowFaults = settings.AllowFaults,
        EntryEvents = events,
    };

    /// <summary>For the router of the process and the client on top of it.</summary>
    public static HedgerowClientOptions Client(ServerSettings settings) => settings.Router with
    {
        Name = settings.Name,
        Token = settings.AuthToken,
        Timeout = settings.Timeout,
        SearchTimeout = settings.SearchTimeout,
        BulkTimeout = settings.BulkTimeout,
        EntryAcksMin = settings.EntryAcksMin,
        DocumentAcksMin = settings.DocumentAcksMin,
        Zone = settings.Zone,
        ConnectionsPerLeaf = settings.ConnectionsPerLeaf,
        Hedge = settings.Router.Hedge with
        {
            Enabled = settings.HedgeEnabled,
            Budget = settings.HedgeBudget,
            DelayMin = settings.HedgeDelayMin,
            DelayMax = settings.HedgeDelayMax,
        },
    };

    /// <summary>Bounds of the wire, for listeners and for connections to leaves.</summary>
    public static ProtocolLimits Limits(ServerSettings settings) => new()
    {
        MessageBytesMax = settings.ValueBytesMax + BytesBesideValue,
        RequestsInFlightMax = settings.RequestsInFlightMax,
        BytesInFlightMax = Math.Max(settings.BytesInFlightMax, settings.ValueBytesMax + BytesBesideValue),
    };
}
