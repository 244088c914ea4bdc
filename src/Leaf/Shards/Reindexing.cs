using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>How far one shard's filling of a new index is. Written by maintenance and the lane, read by any.</summary>
/// <param name="documents">Documents there were when it began.</param>
internal sealed class Reindexing(long documents)
{
    private long _copied;
    private volatile bool _isReady;
    private volatile string? _problem;

    /// <summary>See <see cref="ReindexStatus.Documents"/>.</summary>
    public long Documents { get; } = documents;

    /// <summary>See <see cref="ReindexStatus.Copied"/>.</summary>
    public long Copied => Interlocked.Read(ref _copied);

    /// <summary>Whether every document is in the index, and on the disk where there is one.</summary>
    public bool IsReady => _isReady && _problem is null;

    /// <summary>Why it cannot go on; null while it can.</summary>
    public string? Problem => _problem;

    /// <summary>Documents were looked at.</summary>
    public void Add(int documents) => Interlocked.Add(ref _copied, documents);

    /// <summary>Nothing is missing.</summary>
    public void Complete() => _isReady = true;

    /// <summary>It cannot go on; the first reason stays.</summary>
    public void Fail(string problem) => Interlocked.CompareExchange(ref _problem, problem, null);
}
