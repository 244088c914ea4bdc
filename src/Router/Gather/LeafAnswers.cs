using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>What every leaf answered to a change of a collection.</summary>
internal sealed record LeafAnswers(ShardRoute[] Leaves, Reply[] Replies)
{
    /// <summary>Null when all took it; else why it is not done. Disposes the replies.</summary>
    /// <param name="what">What was to be taken, as a sentence names it.</param>
    public Reply? Refusal(string what)
    {
        var failed = Array.FindIndex(Replies, r => r.Status != StatusCode.Ok);
        var versions = Replies.Select(r => r.Header.Version).Distinct().Count();
        var status = failed < 0 ? StatusCode.Ok : Replies[failed].Status;
        var text = failed < 0 ? "" : RouterReply.Text(Replies[failed]);
        ShardCalls.Dispose(Replies);
        if (failed < 0 && versions == 1) return null;
        if (failed < 0)
        {
            return RouterReply.Error(
                StatusCode.SchemaConflict,
                $"The leaves have different indexes for {what}: one missed an earlier step. Give the reindex up and "
                + "begin it again.");
        }

        if (status == StatusCode.WrongShard) (status, text) = (StatusCode.Unavailable, "it has another topology");
        return RouterReply.Error(
            status,
            $"{Leaves[failed].Owner.Endpoint.Id} did not take {what}: {text} Every leaf must; doing it again is "
            + "harmless.");
    }
}
