namespace Hedgerow.Router;

/// <summary>How many replicas must have a write.</summary>
internal static class AckRules
{
    public static int DocumentAcks(this RouterOptions options, ShardRoute route) =>
        options.DocumentAcksMin == 0 ? route.Majority : Math.Min(options.DocumentAcksMin, route.Replicas.Length);
}
