using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>A document that is written on a condition, with its place in the stream.</summary>
internal readonly record struct ConditionalDocument(
    long Index, string Path, ReadOnlyMemory<byte> Json, WriteCondition Condition);

/// <summary>
/// Sends the documents of a bulk writer that have a condition: each as a write of its own, which its shard's owner
/// decides. None is sent twice, since one whose answer was lost may have happened, and would then meet itself.
/// </summary>
internal sealed class ConditionalSender : IDisposable
{
    /// <summary>Writes under way at a time.</summary>
    public const int InFlightMax = 64;

    private readonly string _collection;
    private readonly ClientCalls _calls;
    private readonly Func<CancellationToken, ValueTask<IReadOnlyList<CollectionStatus>>> _list;
    private readonly SemaphoreSlim _room = new(InFlightMax);
    private IReadOnlyList<CollectionStatus>? _declared;

    /// <param name="collection">The name it was opened by.</param>
    /// <param name="calls">The cluster.</param>
    /// <param name="list">
    /// Lists collections: what is no document of this one must not be written as an entry, or as one of another.
    /// </param>
    public ConditionalSender(
        string collection, ClientCalls calls,
        Func<CancellationToken, ValueTask<IReadOnlyList<CollectionStatus>>> list)
    {
        _collection = collection;
        _calls = calls;
        _list = list;
    }

    /// <summary>Writes documents of different paths; each is booked.</summary>
    public async Task SendAsync(IReadOnlyList<ConditionalDocument> documents, BulkTally tally, CancellationToken cancel)
    {
        if (documents.Count == 0) return;
        try
        {
            _declared ??= await _list(cancel).ConfigureAwait(false);
        }
        catch (HedgerowException failure)
        {
            foreach (var document in documents) tally.Fail(document.Index, failure.Status, failure.Message);
            return;
        }

        await Task.WhenAll(documents.Select(document => WriteAsync(document, tally, cancel))).ConfigureAwait(false);
    }

    public void Dispose() => _room.Dispose();

    private async Task WriteAsync(ConditionalDocument document, BulkTally tally, CancellationToken cancel)
    {
        if (ProblemOf(document.Path) is { } problem)
        {
            tally.Fail(document.Index, problem.Status, problem.Message);
            return;
        }

        await _room.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var result = await WriteAsync(document, cancel).ConfigureAwait(false);
            if (result.Succeeded)
            {
                tally.Acknowledge(document.Index);
                return;
            }

            var (status, message) = document.Condition.Refusal(document.Path, result);
            tally.Fail(document.Index, status, message);
        }
        catch (HedgerowException failure)
        {
            tally.Fail(document.Index, failure.Status, failure.Message);
        }
        finally
        {
            _room.Release();
        }
    }

    private (StatusCode Status, string Message)? ProblemOf(string path)
    {
        var own = _declared!.FirstOrDefault(one => one.Schema.Name == _collection)
            ?? _declared!.FirstOrDefault(one => one.Aliases.Contains(_collection));
        if (own is null) return (StatusCode.NoSuchCollection, $"No collection '{_collection}' is declared.");
        var longest = _declared!.Where(one => IsOf(path, one.Schema)).MaxBy(one => one.Schema.PathPrefix.Length);
        if (longest == own) return null;
        return (
            StatusCode.BadRequest,
            $"The path '{path}' is not one of collection '{own.Schema.Name}': its documents' paths begin with "
            + $"{own.Schema.PathPrefix} and with no longer declared prefix.");
    }

    private static bool IsOf(string path, CollectionSchema schema) =>
        path.Length > schema.PathPrefix.Length && path.StartsWith(schema.PathPrefix, StringComparison.Ordinal);

    private ValueTask<WriteResult> WriteAsync(in ConditionalDocument document, CancellationToken cancel)
    {
        var (kind, version) = document.Condition;
        var path = new EntryPath(Encoding.UTF8.GetBytes(document.Path));
        if (document.Json.IsEmpty) return _calls.DeleteAsync(path, version, cancel);
        var opcode = kind switch
        {
            WriteConditionKind.Absent => Opcode.Add,
            WriteConditionKind.Present => Opcode.Replace,
            _ => Opcode.CompareAndSet,
        };
        return _calls.StoreAsync(opcode, path, document.Json, options: default, version, cancel);
    }
}
