using System.Text;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Makes every document of a collection that was acknowledged before searchable, in its turn on the lane; or, with
/// <see cref="FrameFlags.Wait"/>, is answered when the timer has done so.
/// </summary>
internal sealed class RefreshRequest(in Request request, ReadOnlySpan<byte> body, LeafCore core, ShardEngine shard)
    : PendingRequest(request, body, core.Pending), ILaneWork
{
    private volatile bool _isHurried;

    /// <summary>A drain waits for it: the refresh comes at once.</summary>
    public override void Hurry()
    {
        _isHurried = true;
        shard.Refresh.Enqueue();
    }

    /// <summary>What it waited for is searchable. Lane.</summary>
    public void OnRefreshed() => Finish(StatusCode.Ok, 0, []);

    protected override void Serve()
    {
        var name = Encoding.UTF8.GetString(Body.Span);
        if (!core.Collections.TryFind(name, out var ordinal))
        {
            Fail(StatusCode.NoSuchCollection, LeafCore.NoSuchCollection(name));
            return;
        }

        var collection = shard.Collections[ordinal];
        var waits = (Request.Header.Flags & FrameFlags.Wait) != 0 && collection.IsStale && !_isHurried;
        if (waits)
        {
            collection.Awaiting.Add(this);
            return;
        }

        shard.RefreshNow(collection);
        OnRefreshed();
    }

    protected override void OnCancelWhileRunning() => Fail(StatusCode.Cancelled, "It was cancelled while it waited.");
}
