using System.Buffers.Binary;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Reads of one path: the hot path of the router. Allocates nothing once its pools are filled.</summary>
internal sealed class EntryReads
{
    private readonly CallServices _services;
    private readonly RoutingTables _tables;
    private readonly ReadSampler _sampler;
    private readonly Flights _flights;

    public EntryReads(CallServices services, RoutingTables tables)
    {
        _services = services;
        _tables = tables;
        _sampler = services.Sharing.NewSampler();
        _flights = new Flights(services, SendAsync);
    }

    /// <summary>The path in a body that was checked: its length, it, the version, of a field get the names.</summary>
    public static ReadOnlySpan<byte> PathOf(ReadOnlySpan<byte> body) =>
        body.Slice(sizeof(ushort), BinaryPrimitives.ReadUInt16LittleEndian(body));

    public ValueTask<Reply> GetAsync(
        RequestHeader header, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (Refuse(header.Opcode, body, out var refusal)) return new ValueTask<Reply>(refusal);
        var path = PathOf(body.Span);
        var hash = PathHash.OfPath(path);
        var isPlain = header.Flags == FrameFlags.None && header.Session == 0;
        var isShared = _services.Sharing.IsOn && isPlain && VersionOf(body.Span, path) == 0;
        if (!isShared) return SendAsync(_tables.Current, header, body, hash, deadlineAt, this, cancel);
        var now = _services.Clock.Now;
        _sampler.Note(hash, now);
        if (header.Opcode == Opcode.Get && _services.Sharing.TryGetNear(path, hash, now, out var near))
            return new ValueTask<Reply>(near);
        return now < deadlineAt && _services.Sharing.Flies(hash)
            ? _flights.ReadAsync(header, body, hash, deadlineAt, cancel)
            : SendAsync(_tables.Current, header, body, hash, deadlineAt, this, cancel);
    }

    /// <summary>
    /// Goes on after a leaf said that the topology is another: by the new one, once, if there is one to be had.
    /// </summary>
    public async ValueTask<Reply> FollowAsync(
        Reply refusal, RequestHeader routed, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!await _tables.FollowAsync(refusal, routed.Epoch, cancel).ConfigureAwait(false))
            return RoutingTables.Explain(refusal, routed.Epoch);
        var table = _tables.Current;
        var reply = await SendAsync(table, routed, body, routed.PathHash, deadlineAt, null, cancel)
            .ConfigureAwait(false);
        return RoutingTables.Explain(reply, table.Epoch);
    }

    private static bool Refuse(Opcode opcode, ReadOnlyMemory<byte> body, out Reply refusal)
    {
        var status = CacheCommand.TryRead(opcode, body.Span, out _, out var error);
        refusal = status == StatusCode.Ok ? default : RouterReply.Error(status, error!);
        return status != StatusCode.Ok;
    }

    private static ulong VersionOf(ReadOnlySpan<byte> body, ReadOnlySpan<byte> path) =>
        BinaryPrimitives.ReadUInt64LittleEndian(body[(sizeof(ushort) + path.Length)..]);

    private ValueTask<Reply> SendAsync(Flight flight) => SendAsync(
        _tables.Current, new RequestHeader { Opcode = flight.Opcode }, flight.Body, flight.Hash, flight.DeadlineAt,
        this, flight.Stopped);

    private ValueTask<Reply> SendAsync(
        RoutingTable table, in RequestHeader header, ReadOnlyMemory<byte> body, ulong hash, long deadlineAt,
        EntryReads? follower, CancellationToken cancel)
    {
        var path = PathOf(body.Span);
        var versionMin = VersionOf(body.Span, path);
        var fromOwner = (header.Flags & FrameFlags.FromOwner) != 0;
        var shard = table.ShardOf(path);
        var route = fromOwner ? table.Owners[shard] : table.Shards[shard];
        var routed = new RequestHeader
        {
            Opcode = header.Opcode,
            Flags = header.Flags & FrameFlags.FromOwner,
            Session = header.Session,
            Epoch = table.Epoch,
            Shard = route.Shard,
            PathHash = hash,
        };
        return _services.Reads.Rent().RunAsync(
            route, fromOwner ? OperationClass.Addressed : OperationClass.PointRead, routed, body, versionMin,
            deadlineAt, cancel, follower,
            fromOwner || header.Session != 0 ? -1 : _services.Sharing.Spread(route.Replicas, hash));
    }
}
