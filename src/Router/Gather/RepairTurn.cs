using System.Buffers;
using System.Globalization;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>One call's part of a repair, by the topology of its beginning. One caller.</summary>
internal sealed class RepairTurn(
    CallServices services, ShardCalls shards, RoutingTable table, RepairRequest request, long deadlineAt,
    CancellationToken cancel)
{
    /// <summary>Documents of a page.</summary>
    private const int PageDocuments = 1_000;

    /// <summary>Time for which a replica that is written faster than its disk takes it is left alone.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(50);

    public RoutingTable Table => table;

    public long DeadlineAt => deadlineAt;

    /// <summary>Documents and deletes copied.</summary>
    public long Copied { get; private set; }

    /// <summary>Why it cannot go on; null while it can.</summary>
    public Reply? Problem { get; private set; }

    /// <summary>What the last replica answered that would not say how it is.</summary>
    public StatusCode? Refused { get; private set; }

    /// <summary>What is answered where no replica says how it is.</summary>
    public Reply Unknown(IReadOnlyList<ReplicaCondition> rows) =>
        RouterReply.Error(Refused ?? StatusCode.Unavailable, rows[0].Problem);

    /// <summary>How each replica of a shard is.</summary>
    public async ValueTask<ReplicaCondition[]> LookAsync(ShardRoute route)
    {
        var pending = Enumerable.Range(0, route.Replicas.Length)
            .Select(replica => StepAsync(route, replica, RepairStep.Look).AsTask());
        var rows = await Task.WhenAll(pending).ConfigureAwait(false);
        return [.. rows.Select(row => row.Condition)];
    }

    /// <summary>
    /// The next replica that is to be filled, begun; null when there is none. A replica that was asked for by name is
    /// filled however it is.
    /// </summary>
    public async ValueTask<RepairPlace?> NextAsync(RepairPlace place)
    {
        for (int shard = place.Shard; shard < table.Shards.Length; shard++)
        {
            var route = table.Shards[shard];
            var rows = await LookAsync(route).ConfigureAwait(false);
            if (Array.TrueForAll(rows, row => row.State == ReplicaState.Unknown))
            {
                Problem = Unknown(rows);
                return null;
            }

            var from = shard == place.Shard ? IndexOf(route, place.Leaf) + 1 : 0;
            var target = Array.FindIndex(rows, from, row => request.Leaf.Length > 0
                ? row.Leaf == request.Leaf
                : row.State is ReplicaState.NeedsRepair or ReplicaState.Refilling);
            if (target >= 0) return await BeginAsync(route, rows, target).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>Copies one page, and goes on to the next source or ends the filling behind the last.</summary>
    public async ValueTask<(RepairPlace Place, ReplicaCondition? Filled)> CopyPageAsync(RepairPlace place)
    {
        var route = place.Shard < table.Shards.Length ? table.Shards[place.Shard] : null;
        var (target, source) = route is null ? (-1, -1) : (IndexOf(route, place.Leaf), IndexOf(route, place.Source));
        if (target < 0 || source < 0)
        {
            Fail("The topology was changed meanwhile, or the cursor is none that a repair answered; begin it again.");
            return (place, null);
        }

        if (await ScanAsync(route!, source, place.After).ConfigureAwait(false) is not { } page) return (place, null);
        using (page.Reply)
        {
            if (!await WriteAsync(route!, target, page.Scan).ConfigureAwait(false)) return (place, null);
            Copied += page.Scan.Documents.Count;
            if (page.Scan.More) return (place with { After = page.Scan.Documents[^1].Path }, null);
        }

        return await GoOnAsync(route!, target, place.WithSourceDone()).ConfigureAwait(false);
    }

    /// <summary>
    /// To the next source that is well and was not copied yet; behind the last the replica is told that it has
    /// everything.
    /// </summary>
    private async ValueTask<(RepairPlace Place, ReplicaCondition? Filled)> GoOnAsync(
        ShardRoute route, int target, RepairPlace place)
    {
        var rows = await LookAsync(route).ConfigureAwait(false);
        if (!AreEnough(route, rows, target, place)) return (place, null);
        var next = Array.FindIndex(rows, row => IsAhead(row, place));
        if (next >= 0)
        {
            // It may have been away when the filling began.
            return await SettleAsync(route, next).ConfigureAwait(false)
                ? (place with { Source = rows[next].Leaf, After = "" }, null)
                : (place, null);
        }

        var (filled, _) = await StepAsync(
            route, target, RepairStep.Finish, place.Fill.ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false);
        if (filled.State == ReplicaState.Well)
            return (RepairPlace.First with { Shard = place.Shard, Leaf = place.Leaf }, filled);
        Fail($"{place.Leaf} did not end the repair of shard {place.Shard}: {filled.Problem}");
        return (place, null);
    }

    private async ValueTask<RepairPlace?> BeginAsync(ShardRoute route, ReplicaCondition[] rows, int target)
    {
        var place = RepairPlace.First with { Shard = route.Shard, Leaf = rows[target].Leaf };
        if (!AreEnough(route, rows, target, place)) return null;
        var (begun, fill) = await StepAsync(route, target, RepairStep.Begin).ConfigureAwait(false);
        if (begun.State != ReplicaState.Refilling)
        {
            Fail($"{begun.Leaf} did not begin the repair of shard {route.Shard}: {begun.Problem}");
            return null;
        }

        for (var i = 0; i < rows.Length; i++)
            if (IsAhead(rows[i], place) && !await SettleAsync(route, i).ConfigureAwait(false)) return null;
        return place with { Fill = fill, Source = Array.Find(rows, row => IsAhead(row, place))!.Leaf };
    }

    /// <summary>
    /// What reached a source before the replica began to take writes is in its index when it answers; without that, a
    /// copy of it is not whole.
    /// </summary>
    private async ValueTask<bool> SettleAsync(ShardRoute route, int source)
    {
        var name = Encoding.UTF8.GetBytes(request.Collection);
        while (true)
        {
            using var reply = await AskAsync(route, source, Opcode.Refresh, name).ConfigureAwait(false);
            if (reply.Status == StatusCode.Ok) return true;
            if (reply.Status == StatusCode.Overloaded && services.Clock.Now < deadlineAt)
            {
                await Task.Delay(Breath, services.Clock.Time, cancel).ConfigureAwait(false);
                continue;
            }

            Fail($"{route.Replicas[source].Endpoint.Id} did not refresh, and a copy of it might lack what it has taken "
                + $"last: {RouterReply.Text(reply)} Repair again.");
            return false;
        }
    }

    /// <summary>Whether a replica is to be copied from.</summary>
    private static bool IsAhead(ReplicaCondition row, RepairPlace place) =>
        row.State == ReplicaState.Well && row.Leaf != place.Leaf && !place.IsDone(row.Leaf);

    /// <summary>Whether each write that was acknowledged is on one of the others that were or will be copied.</summary>
    private bool AreEnough(ShardRoute route, ReplicaCondition[] rows, int target, RepairPlace place)
    {
        var needed = Math.Clamp(
            rows.Length - services.Options.DocumentAcks(route) + 1, 1, Math.Max(1, rows.Length - 1));
        var others = rows.Where((_, i) => i != target).ToArray();
        var well = others.Count(row => place.IsDone(row.Leaf) || IsAhead(row, place));
        if (well >= needed) return true;
        var reasons = others.Where(row => row.State != ReplicaState.Well).Select(row => $"{row.Leaf}: {row.Problem}");
        Fail(rows.Length == 1
            ? $"Shard {route.Shard} of '{request.Collection}' has no other replica to be filled from. Restore the "
                + $"files of {rows[target].Leaf}, or drop the collection and import it from an export."
            : $"The replica of shard {route.Shard} on {rows[target].Leaf} has to be filled from {needed} others that "
                + $"are well, so that nothing acknowledged is missing; {well} are. {string.Join(' ', reasons)}");
        return false;
    }

    private async ValueTask<(ScanReply Scan, Reply Reply)?> ScanAsync(ShardRoute route, int source, string after)
    {
        var output = new ArrayBufferWriter<byte>();
        ScanCodec.Write(output, new ScanRequest
        {
            Collection = request.Collection, After = after, Limit = PageDocuments, WithDeleted = true,
        });
        var reply = await AskAsync(route, source, Opcode.Scan, output.WrittenMemory).ConfigureAwait(false);
        if (reply.Status == StatusCode.Ok && ScanCodec.TryRead(reply.Body, out ScanReply? page, out _))
            return (page, reply);
        using (reply) Fail($"{route.Replicas[source].Endpoint.Id} could not be read: {RouterReply.Text(reply)}");
        return null;
    }

    private async ValueTask<bool> WriteAsync(ShardRoute route, int target, ScanReply page)
    {
        if (page.Documents.Count == 0) return true;
        var output = new ArrayBufferWriter<byte>();
        BulkCodec.Write(output, new BulkRequest { Collection = request.Collection, Documents = page.Documents });
        while (true)
        {
            using var reply = await AskAsync(route, target, Opcode.Bulk, output.WrittenMemory).ConfigureAwait(false);
            var (status, text) = Outcome(reply);
            if (status == StatusCode.Ok) return true;
            if (status == StatusCode.Overloaded && services.Clock.Now < deadlineAt)
            {
                await Task.Delay(Breath, services.Clock.Time, cancel).ConfigureAwait(false);
                continue;
            }

            Fail($"{route.Replicas[target].Endpoint.Id} did not take what it is to be filled with: {text}");
            return false;
        }
    }

    /// <summary>How a bulk ended: what is older than what is there was written meanwhile, and is well.</summary>
    private static (StatusCode Status, string Text) Outcome(in Reply reply)
    {
        if (reply.Status != StatusCode.Ok) return (reply.Status, RouterReply.Text(reply));
        if (!BulkCodec.TryRead(reply.Body, out BulkReply? written, out var error)) return (StatusCode.Internal, error!);
        var failure = written.Failures.FirstOrDefault(row => row.Status != StatusCode.VersionTooOld);
        return failure is null ? (StatusCode.Ok, "") : (failure.Status, failure.Message);
    }

    private async ValueTask<(ReplicaCondition Condition, ulong Fill)> StepAsync(
        ShardRoute route, int replica, RepairStep step, string cursor = "")
    {
        var output = new ArrayBufferWriter<byte>();
        RepairCodec.Write(output, request with { Step = step, Leaf = "", Cursor = cursor });
        using var reply = await AskAsync(route, replica, Opcode.Repair, output.WrittenMemory).ConfigureAwait(false);
        if (reply.Status == StatusCode.Ok && RepairCodec.TryRead(reply.Body, out RepairReply? read, out _)
            && read.Replicas is [var condition]) return (condition, reply.Header.Version);
        Refused = reply.Status;
        var id = route.Replicas[replica].Endpoint.Id;
        return (new ReplicaCondition(route.Shard, id, ReplicaState.Unknown, 0, RouterReply.Text(reply)), 0);
    }

    private static int IndexOf(ShardRoute route, string leaf) =>
        Array.FindIndex(route.Replicas, replica => replica.Endpoint.Id == leaf);

    // What another replica took is taken as it is, also where a new document would be refused.
    private ValueTask<Reply> AskAsync(ShardRoute route, int replica, Opcode opcode, ReadOnlyMemory<byte> body) =>
        shards.AskAsync(
            table, route.Only(replica), OperationClass.Addressed, opcode, body, deadlineAt, cancel,
            opcode == Opcode.Bulk ? FrameFlags.Replicated : FrameFlags.None);

    private void Fail(string problem) => Problem = RouterReply.Error(StatusCode.Unavailable, problem);
}
