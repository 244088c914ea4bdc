namespace Hedgerow.Protocol.Tests;

/// <summary>Messages by which replicas are filled anew.</summary>
internal static class RepairSamples
{
    public static IReadOnlyList<Sample> All { get; } = [.. Samples()];

    private static IEnumerable<Sample> Samples()
    {
        var scan = new ScanRequest { Collection = "wiki", After = "/wiki/A", Limit = 250, WithDeleted = true };
        yield return Sample.Of("scan-request-deleted", scan, ScanCodec.Write, ScanCodec.TryRead);
        var request = new RepairRequest
        {
            Collection = "wiki", Step = RepairStep.Copy, Leaf = "leaf-2", Cursor = "3\nleaf-2\n77\nleaf-1\n/wiki/Grün",
        };
        yield return Sample.Of("repair-request", request, RepairCodec.Write, RepairCodec.TryRead);
        var reply = new RepairReply
        {
            Replicas =
            [
                new ReplicaCondition(3, "leaf-1", ReplicaState.Well, 36_183, ""),
                new ReplicaCondition(3, "leaf-2", ReplicaState.NeedsRepair, 0, "'segment-00000002' is corrupt"),
            ],
            Copied = 1_000,
            Cursor = "4\n\n0\n\n",
        };
        yield return Sample.Of("repair-reply", reply, RepairCodec.Write, RepairCodec.TryRead);
    }
}
