using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>What an answer stands for that is made of several rounds.</summary>
internal static class LeastCoverage
{
    /// <summary>Of two rounds the one that fewer shards answered; the first where none did better.</summary>
    public static Coverage Of(Coverage? one, Coverage other) =>
        one is null || other.ShardsAnswered < one.ShardsAnswered ? other : one;
}
