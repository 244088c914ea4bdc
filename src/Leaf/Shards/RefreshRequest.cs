using System.Text;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Makes every document of a collection that was acknowledged before searchable, in its turn on the lane.
/// </summary>
internal sealed class RefreshRequest(in Request request, ReadOnlySpan<byte> body, LeafCore core, ShardEngine shard)
    : PendingRequest(request, body, core.Pending), ILaneWork
{
    protected override void Serve()
    {
        var name = Encoding.UTF8.GetString(Body.Span);
        if (!core.Collections.TryFind(name, out var ordinal))
        {
            Fail(StatusCode.NoSuchCollection, LeafCore.NoSuchCollection(name));
            return;
        }

        shard.RefreshNow(shard.Collections[ordinal]);
        Finish(StatusCode.Ok, 0, []);
    }
}
