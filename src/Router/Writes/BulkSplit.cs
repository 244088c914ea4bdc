using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Many documents of one collection: split by shard, each part written to every replica of its shard that is up, and
/// each document counted for itself, since a replica may take some and not others.
/// </summary>
internal sealed class BulkSplit
{
    private readonly CallServices _services;
    private readonly ShardCalls _shards;
    private readonly EntryWrites _entries;

    public BulkSplit(CallServices services, ShardCalls shards, EntryWrites entries)
    {
        _services = services;
        _shards = shards;
        _entries = entries;
    }

    public async ValueTask<Reply> WriteAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!BulkCodec.TryRead(body, out BulkRequest? request, out var error))
            return RouterReply.Error(StatusCode.BadRequest, error!);
        var table = _shards.Table;
        var parts = Split(table, request);
        NoteWrites(request);
        try
        {
            return await WriteAsync(table, request, parts, deadlineAt, cancel).ConfigureAwait(false);
        }
        finally
        {
            NoteWrites(request);
        }
    }

    private async ValueTask<Reply> WriteAsync(
        RoutingTable table, BulkRequest request, List<BulkPart> parts, long deadlineAt, CancellationToken cancel)
    {
        await Task.WhenAll(parts.Select(p => WriteAsync(table, p, deadlineAt, cancel))).ConfigureAwait(false);
        if (parts.Find(p => p.Refusal is not null) is { } refused)
            return RouterReply.Error(refused.Refusal!.Value.Status, refused.Refusal.Value.Message);

        var failures = parts.SelectMany(p => p.Failures(p.Route.Replicas.Length)).ToList();
        await RewriteAsync(request, failures, deadlineAt, cancel).ConfigureAwait(false);
        failures.Sort((a, b) => a.Index.CompareTo(b.Index));
        return RouterReply.Of(
            new BulkReply { Accepted = request.Documents.Count - failures.Count, Failures = failures },
            BulkCodec.Write);
    }

    private static async Task CollectAsync(
        BulkPart part, List<Task<Reply>> pending, Task? grace, CancellationToken cancel)
    {
        while (pending.Count > 0)
        {
            var done = grace is null
                ? await Task.WhenAny(pending).ConfigureAwait(false)
                : await Task.WhenAny([.. pending, grace]).ConfigureAwait(false);
            if (done == grace) return;
            pending.Remove((Task<Reply>)done);
            using var reply = await ((Task<Reply>)done).ConfigureAwait(false);
            part.Book(reply);
            cancel.ThrowIfCancellationRequested();
            if (grace is null && part.AllHaveEnough) return;
        }
    }

    private void NoteWrites(BulkRequest request)
    {
        if (!_services.Sharing.IsOn) return;
        Span<byte> path = stackalloc byte[ProtocolLimits.PathBytesMax];
        foreach (var document in request.Documents)
        {
            // One that is too long is refused.
            if (Encoding.UTF8.TryGetBytes(document.Path, path, out var length))
                _services.Sharing.Written(PathHash.OfPath(path[..length]));
        }
    }

    private List<BulkPart> Split(RoutingTable table, BulkRequest request)
    {
        var parts = new SortedDictionary<int, BulkPart>();
        for (var i = 0; i < request.Documents.Count; i++)
        {
            var document = request.Documents[i];
            var shard = table.ShardOf(Encoding.UTF8.GetBytes(document.Path));
            if (!parts.TryGetValue(shard, out var part))
            {
                var route = table.Shards[shard];
                parts.Add(shard, part = new BulkPart(route, request.Collection, _services.Options.DocumentAcks(route)));
            }

            part.Add(i, document.Version != 0 ? document : document with { Version = _services.Versions.Next() });
        }

        return [.. parts.Values];
    }

    /// <summary>Waits until every document has enough replicas, then a grace for the rest.</summary>
    private async Task WriteAsync(RoutingTable table, BulkPart part, long deadlineAt, CancellationToken cancel)
    {
        var body = part.Body();
        var route = part.Route;
        var targets = ReplicatedWrite.TargetsOf(route.Replicas, 0, part.AcksMin, _services.Clock.Now);
        var pending = new List<Task<Reply>>();
        for (var i = 0; i < route.Replicas.Length; i++)
        {
            if ((targets >> i & 1) == 0) continue;
            pending.Add(_shards.AskAsync(
                table, route.Only(i), OperationClass.Addressed, Opcode.Bulk, body, deadlineAt, cancel).AsTask());
        }

        try
        {
            await CollectAsync(part, pending, grace: null, cancel).ConfigureAwait(false);
            if (pending.Count == 0) return;
            var grace = Task.Delay(_services.Options.WriteGrace, _services.Clock.Time, cancel);
            await CollectAsync(part, pending, grace, cancel).ConfigureAwait(false);
        }
        finally
        {
            foreach (var late in pending) _ = DisposeLaterAsync(late);
        }
    }

    private static async Task DisposeLaterAsync(Task<Reply> late)
    {
        await ((Task)late).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (late.IsCompletedSuccessfully) late.Result.Dispose();
    }

    /// <summary>
    /// A document whose version this router stamped, and that was refused as too old, met a clock that runs ahead. It
    /// is written again by itself: such a write learns the stored version and goes past it.
    /// </summary>
    private async Task RewriteAsync(
        BulkRequest request, List<BulkFailure> failures, long deadlineAt, CancellationToken cancel)
    {
        for (var i = failures.Count - 1; i >= 0; i--)
        {
            var failure = failures[i];
            var document = request.Documents[failure.Index];
            if (failure.Status != StatusCode.VersionTooOld || document.Version != 0) continue;
            var opcode = document.Json.IsEmpty ? Opcode.Delete : Opcode.Set;
            using var reply = await _entries.WriteAsync(
                new RequestHeader { Opcode = opcode }, BodyOf(opcode, document), deadlineAt, cancel)
                .ConfigureAwait(false);
            if (reply.Status is StatusCode.Ok or StatusCode.NotFound) failures.RemoveAt(i);
            else failures[i] = new BulkFailure(failure.Index, reply.Status, RouterReply.Text(reply));
        }
    }

    private static byte[] BodyOf(Opcode opcode, BulkDocument document)
    {
        var command = new CacheCommand
        {
            Opcode = opcode, Path = Encoding.UTF8.GetBytes(document.Path), Value = document.Json.Span,
        };
        var body = new byte[command.Length];
        command.WriteTo(body);
        return body;
    }
}
