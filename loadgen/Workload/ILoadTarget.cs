using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.LoadGen.Workload;

/// <summary>What is loaded. Thread-safe.</summary>
internal interface ILoadTarget
{
    /// <summary>
    /// Sends one operation and waits for its answer; an expected failure is an outcome, not an exception.
    /// </summary>
    ValueTask<(Outcome Outcome, string Error)> SendAsync(Operation operation);
}

/// <summary>A Hedgerow cluster, through the embedded router or a router server.</summary>
internal sealed class ClusterTarget(HedgerowClient client, RequestContent content) : ILoadTarget
{
    public async ValueTask<(Outcome Outcome, string Error)> SendAsync(Operation operation)
    {
        try
        {
            return operation.Kind switch
            {
                OperationKind.Get => await GetAsync(operation),
                OperationKind.Scan => await ScanAsync(operation),
                OperationKind.Modify => await ModifyAsync(operation),
                OperationKind.Delete => await DeleteAsync(operation),
                OperationKind.Search => await SearchAsync(operation),
                OperationKind.Instant => await InstantAsync(operation),
                _ => await SetAsync(operation),
            };
        }
        catch (HedgerowException e)
        {
            return (Outcome.Failed, e.Status.ToString());
        }
    }

    private async ValueTask<(Outcome Outcome, string Error)> GetAsync(Operation operation)
    {
        using var entry = await client.GetAsync(Path(operation.Key));
        return (entry.Found ? Outcome.Ok : Outcome.Miss, "");
    }

    private async ValueTask<(Outcome Outcome, string Error)> ScanAsync(Operation operation)
    {
        var paths = new EntryPath[operation.Count];
        for (var i = 0; i < paths.Length; i++) paths[i] = Path(operation.Key + i);
        var found = 0;
        foreach (var entry in await client.GetManyAsync(paths))
        {
            if (entry.Found) found++;
            entry.Dispose();
        }

        return (found > 0 ? Outcome.Ok : Outcome.Miss, "");
    }

    private async ValueTask<(Outcome Outcome, string Error)> ModifyAsync(Operation operation)
    {
        var (found, _) = await GetAsync(operation);
        var (written, error) = await SetAsync(operation);
        return (written == Outcome.Ok ? found : written, error);
    }

    private async ValueTask<(Outcome Outcome, string Error)> DeleteAsync(Operation operation)
    {
        var result = await client.DeleteAsync(Path(operation.Key));
        return result.Status == StatusCode.NotFound ? (Outcome.Miss, "") : Written(result);
    }

    private async ValueTask<(Outcome Outcome, string Error)> SetAsync(Operation operation)
    {
        var value = content.Values.AsMemory(0, operation.ValueBytes);
        TimeSpan? timeToLive = operation.TtlSeconds > 0 ? TimeSpan.FromSeconds(operation.TtlSeconds) : null;
        return Written(await client.SetAsync(Path(operation.Key), value, new WriteOptions(timeToLive)));
    }

    private async ValueTask<(Outcome Outcome, string Error)> SearchAsync(Operation operation)
    {
        var request = new SearchRequest
        {
            Collection = content.Collection,
            Query = new QueryStringQuery(operation.Query, [], AllWords: false),
            Size = content.SearchSize,
        };
        var reply = await client.SearchAsync(request);
        return (reply.Coverage.IsWhole ? Outcome.Ok : Outcome.Partial, "");
    }

    private async ValueTask<(Outcome Outcome, string Error)> InstantAsync(Operation operation)
    {
        var reply = await client.InstantAsync(content.Instant(operation.Query));
        return (reply.Coverage.IsWhole ? Outcome.Ok : Outcome.Partial, "");
    }

    private EntryPath Path(long key) => new(content.Paths.Of(key));

    private static (Outcome Outcome, string Error) Written(WriteResult result) =>
        result.Succeeded ? (Outcome.Ok, "") : (Outcome.Failed, result.Status.ToString());
}
