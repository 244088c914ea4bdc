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
internal sealed class ClusterTarget(HedgerowClient client, string collection, int searchSize) : ILoadTarget
{
    public async ValueTask<(Outcome Outcome, string Error)> SendAsync(Operation operation)
    {
        try
        {
            return operation.Kind switch
            {
                OperationKind.Get => await GetAsync(operation),
                OperationKind.Set => await SetAsync(operation),
                _ => await SearchAsync(operation),
            };
        }
        catch (HedgerowException e)
        {
            return (Outcome.Failed, e.Status.ToString());
        }
    }

    private async ValueTask<(Outcome Outcome, string Error)> GetAsync(Operation operation)
    {
        using var entry = await client.GetAsync(new EntryPath(operation.Path));
        return (entry.Found ? Outcome.Ok : Outcome.Miss, "");
    }

    private async ValueTask<(Outcome Outcome, string Error)> SetAsync(Operation operation)
    {
        var result = await client.SetAsync(new EntryPath(operation.Path), operation.Value);
        return result.Succeeded ? (Outcome.Ok, "") : (Outcome.Failed, result.Status.ToString());
    }

    private async ValueTask<(Outcome Outcome, string Error)> SearchAsync(Operation operation)
    {
        var request = new SearchRequest
        {
            Collection = collection,
            Query = new QueryStringQuery(operation.Query, [], AllWords: false),
            Size = searchSize,
        };
        var reply = await client.SearchAsync(request);
        return (reply.Coverage.IsWhole ? Outcome.Ok : Outcome.Partial, "");
    }
}
