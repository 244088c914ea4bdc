using System.Runtime.CompilerServices;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// What searches of a collection saw at one moment, kept by the leaves until nobody has used it for a while.
/// </summary>
/// <param name="Collection">The collection's name.</param>
/// <param name="Id">For <see cref="SearchRequest.PointInTime"/>; of any length up to 64 Ki characters.</param>
public sealed record PointInTime(string Collection, string Id);

/// <summary>Opens and closes points in time, and reads all hits of a search through one.</summary>
internal sealed class SearchPages(ClientCalls calls)
{
    private const int PageHits = 1_000;
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMinutes(5);

    public async ValueTask<PointInTime> OpenAsync(string collection, TimeSpan keepAlive, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(collection);
        ArgumentOutOfRangeException.ThrowIfLessThan(keepAlive, TimeSpan.FromMilliseconds(1));
        var request = new PointInTimeRequest { Collection = collection, KeepAlive = keepAlive };
        return new PointInTime(collection, (await AskAsync(request, cancel).ConfigureAwait(false)).Id);
    }

    public async ValueTask<int> CloseAsync(PointInTime point, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(point);
        var request = new PointInTimeRequest { Collection = point.Collection, Id = point.Id };
        return (await AskAsync(request, cancel).ConfigureAwait(false)).Shards;
    }

    public async ValueTask<SearchReply> SearchAsync(SearchRequest request, CancellationToken cancel)
    {
        using var reply = await calls.MessageAsync(Opcode.Search, request, SearchCodec.Write, cancel)
            .ConfigureAwait(false);
        // The hits' sources point into the body, which has to outlive the pooled buffer.
        return SearchCodec.TryRead(reply.Body.ToArray(), out SearchReply? answer, out var error)
            ? answer
            : throw ClientCalls.Unreadable(error);
    }

    public async IAsyncEnumerable<SearchHit> AllAsync(
        SearchRequest request, [EnumeratorCancellation] CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(request);
        var point = await OpenAsync(request.Collection, KeepAlive, cancel).ConfigureAwait(false);
        try
        {
            var page = request with
            {
                PointInTime = point.Id,
                KeepAlive = KeepAlive,
                From = 0,
                Size = PageHits,
                ExactTotal = false,
                TotalUpTo = null,
            };
            while (true)
            {
                var reply = await SearchAsync(page, cancel).ConfigureAwait(false);
                foreach (var hit in reply.Hits) yield return hit;
                if (reply.Hits.Count < PageHits) yield break;
                page = page with { After = SearchAfter.Of(reply.Hits[^1]) };
            }
        }
        finally
        {
            await LetGoAsync(point).ConfigureAwait(false);
        }
    }

    /// <summary>Closes it if it can be closed; if not, it expires.</summary>
    private async ValueTask LetGoAsync(PointInTime point)
    {
        try
        {
            await CloseAsync(point, CancellationToken.None).ConfigureAwait(false);
        }
        catch (HedgerowException)
        {
            // What the caller wanted is done, or has failed for a better reason.
        }
    }

    private async ValueTask<PointInTimeReply> AskAsync(PointInTimeRequest request, CancellationToken cancel)
    {
        using var reply = await calls.MessageAsync(Opcode.PointInTime, request, PointInTimeCodec.Write, cancel)
            .ConfigureAwait(false);
        return PointInTimeCodec.TryRead(reply.Body, out PointInTimeReply? answer, out var error)
            ? answer
            : throw ClientCalls.Unreadable(error);
    }
}
