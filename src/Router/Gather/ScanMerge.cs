using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>A page of a collection in path order from a page of each shard.</summary>
/// <remarks>
/// Each shard is asked for its share of the page and a little more. The merged page ends where a shard that has more
/// ends, because what follows there may come before what the other shards have; so it may be shorter than asked for.
/// </remarks>
internal sealed class ScanMerge
{
    private const int ShareMin = 16;
    private const int PageBytesMax = 4 * 1024 * 1024;
    private readonly IndexRounds _rounds;

    public ScanMerge(IndexRounds rounds)
    {
        _rounds = rounds;
    }

    public async ValueTask<Reply> ScanAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!ScanCodec.TryRead(body, out ScanRequest? request, out var error))
            return RouterReply.Error(StatusCode.BadRequest, error!);
        var shards = _rounds.Shards.Table.Shards.Length;
        var share = shards == 1 ? request.Limit : Math.Max(ShareMin, request.Limit / shards * 5 / 4);
        var (replies, refusal) = await _rounds.AskAsync(
            _rounds.Begin(request.Collection), Ask, allowPartial: false, deadlineAt, cancel).ConfigureAwait(false);
        if (replies is null || ShardErrors.TryPick(replies, out refusal)) return refusal;
        try
        {
            return Merge(replies, request.Limit);
        }
        finally
        {
            ShardCalls.Dispose(replies);
        }

        Task<Reply[]> Ask(string name)
        {
            var output = new ArrayBufferWriter<byte>();
            ScanCodec.Write(output, request with { Collection = name, Limit = Math.Min(share, request.Limit) });
            return _rounds.Shards.ScatterAsync(
                OperationClass.Unhedged, Opcode.Scan, output.WrittenMemory, deadlineAt, cancel);
        }
    }

    private static Reply Merge(Reply[] replies, int limit)
    {
        var pages = new ScanReply?[replies.Length];
        for (var i = 0; i < replies.Length; i++)
            if (replies[i].Status == StatusCode.Ok && ScanCodec.TryRead(replies[i].Body, out ScanReply? page, out _))
                pages[i] = page;
        // A scan that leaves shards out silently would be a broken export.
        if (pages.Contains(null)) return ShardErrors.Missing(replies, pages);
        return RouterReply.Of(Merge(pages!, limit), ScanCodec.Write);
    }

    private static ScanReply Merge(ScanReply[] pages, int limit)
    {
        var end = pages.Where(p => p.More && p.Documents.Count > 0).Select(p => p.Documents[^1].Path)
            .Min(PathOrder.Instance);
        var sorted = pages.SelectMany(p => p.Documents)
            .Where(d => end is null || PathOrder.Instance.Compare(d.Path, end) <= 0)
            .OrderBy(d => d.Path, PathOrder.Instance);
        var page = new List<BulkDocument>();
        var all = pages.Sum(p => p.Documents.Count);
        long bytes = 0;
        foreach (var document in sorted)
        {
            bytes += document.Json.Length + document.Path.Length;
            if (page.Count == limit || (page.Count > 0 && bytes > PageBytesMax)) break;
            page.Add(document);
        }

        return new ScanReply { Documents = page, More = page.Count < all || pages.Any(p => p.More) };
    }
}
