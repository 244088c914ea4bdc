using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>The part of a call that books how its copies ended.</summary>
internal abstract partial class RoutedCall
{
    /// <summary>Tells the leaf's health how one copy ended.</summary>
    protected void Book(Attempt attempt, in Reply reply, long now, bool late)
    {
        var elapsed = now - attempt.SentAt;
        var status = reply.Status;
        var isLate = status == StatusCode.Cancelled && late && now >= DeadlineAt;
        var leaf = attempt.Leaf;
        if (isLate || status is StatusCode.Unavailable or StatusCode.Internal)
            leaf.OnFailed(Kind, now, elapsed, isReached: status != StatusCode.Unavailable);
        else if (status == StatusCode.Cancelled) leaf.OnAbandoned(Kind, now, elapsed, IsLost(attempt, late));
        else if (IsAnswer(status)) leaf.OnAnswered(Kind, now, elapsed, reply.Header);
        else if (status is StatusCode.Overloaded or StatusCode.Corrupt || IsBehind(reply))
            leaf.OnRefused(Kind, now, reply.Header);
        else leaf.OnRejected(Kind, now, elapsed, reply.Header);
    }

    /// <summary>Whether it answers the question, good news or bad; anything else makes no leaf look fast.</summary>
    protected static bool IsAnswer(StatusCode status) => status is StatusCode.Ok or StatusCode.NotFound
        or StatusCode.Exists or StatusCode.VersionMismatch or StatusCode.VersionTooOld or StatusCode.NotANumber
        or StatusCode.WrongKind or StatusCode.PointInTimeGone;

    /// <summary>Whether the leaf does not hold the shard and has no newer topology: another may be right.</summary>
    protected bool IsBehind(in Reply reply) =>
        reply.Status == StatusCode.WrongShard && RouterReply.EpochOf(reply) <= Epoch;

    /// <summary>Whether a first copy was given up because another, asked later, answered sooner.</summary>
    private bool IsLost(Attempt attempt, bool late) => late && !_cancelled && !attempt.IsHedge;
}
