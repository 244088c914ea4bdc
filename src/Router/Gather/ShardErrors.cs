using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>What a scattered request answers when some shards answer with errors.</summary>
internal static class ShardErrors
{
    /// <summary>
    /// Whether one shard's error is the answer for all: the request itself is wrong, and every shard would say so. A
    /// collection that only some shards do not know is not such an error: those leaves came back empty.
    /// </summary>
    /// <param name="replies">All are disposed when the answer is true, but the one picked.</param>
    /// <param name="picked">That error.</param>
    public static bool TryPick(Reply[] replies, out Reply picked)
    {
        var index = Array.FindIndex(replies, r => IsOfTheRequest(r.Status));
        if (index < 0 && replies.All(r => r.Status == StatusCode.NoSuchCollection)) index = 0;
        picked = index < 0 ? default : replies[index];
        if (index < 0) return false;
        for (var i = 0; i < replies.Length; i++)
            if (i != index) replies[i].Dispose();
        return true;
    }

    /// <summary>The error that names the shards whose answers are missing, where that is not allowed.</summary>
    public static Reply Missing<T>(Reply[] replies, T?[] answers)
        where T : class
    {
        var missing = Enumerable.Range(0, replies.Length).Where(i => answers[i] is null).ToArray();
        var status = missing.Any(i => replies[i].Status == StatusCode.DeadlineExceeded)
            ? StatusCode.DeadlineExceeded
            : missing.All(i => replies[i].Status == StatusCode.Overloaded)
                ? StatusCode.Overloaded
                : StatusCode.Unavailable;
        var first = replies[missing[0]];
        var text = first.Status == StatusCode.Ok ? "its answer does not parse" : RouterReply.Text(first);
        return RouterReply.Error(
            status,
            $"{missing.Length} of {replies.Length} shards did not answer: {string.Join(", ", missing.Take(20))}"
            + $"{(missing.Length > 20 ? " …" : "")}. Shard {missing[0]}: {first.Status}, {text}");
    }

    private static bool IsOfTheRequest(StatusCode status) => status is StatusCode.BadQuery or StatusCode.BadRequest
        or StatusCode.TooLarge or StatusCode.UnknownOpcode or StatusCode.Unauthorized or StatusCode.UnsupportedVersion
        or StatusCode.SchemaConflict or StatusCode.BadDocument or StatusCode.PointInTimeGone;
}
