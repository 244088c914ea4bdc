using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Documents on their way together, with their places in the stream; those with a condition apart.</summary>
internal sealed record Batch(
    List<long> Indexes, List<BulkDocument> Documents, List<ConditionalDocument> Conditional);

/// <summary>
/// The documents of one shard that wait, and its batch in flight. Within a batch no path of a conditional document
/// stands twice: a batch is written in no order, and batches are one after the other.
/// </summary>
internal sealed class ShardBatches
{
    private Batch _waiting = Empty();
    private HashSet<string>? _paths;

    /// <summary>How many wait.</summary>
    public int Count => _waiting.Documents.Count + _waiting.Conditional.Count;

    public long Bytes { get; private set; }

    public Task Sending { get; set; } = Task.CompletedTask;

    public bool IsFull => Count >= BulkWriter.BatchDocumentsMax || Bytes >= BulkWriter.BatchBytesMax;

    /// <summary>
    /// Whether a document may go with those that wait: not one that would make them outgrow a message, nor one whose
    /// path is there where either has a condition.
    /// </summary>
    public bool HasRoom(string path, int bytes, bool isConditional)
    {
        if (Count == 0) return true;
        if (Bytes + bytes + path.Length > 4 * BulkWriter.BatchBytesMax) return false;
        if (!isConditional) return _paths is null || !_paths.Contains(path);
        // Only where there are conditions are paths looked at.
        _paths ??= new HashSet<string>(_waiting.Documents.Select(document => document.Path), StringComparer.Ordinal);
        return !_paths.Contains(path);
    }

    /// <summary>Adds a document, for which there is room.</summary>
    public void Add(long index, string path, byte[] json, WriteCondition condition)
    {
        if (condition.Kind == WriteConditionKind.None)
        {
            _waiting.Indexes.Add(index);
            _waiting.Documents.Add(new BulkDocument(path, 0, json));
        }
        else
        {
            _waiting.Conditional.Add(new ConditionalDocument(index, path, json, condition));
            _paths ??= new HashSet<string>(StringComparer.Ordinal);
        }

        _paths?.Add(path);
        Bytes += json.Length + path.Length;
    }

    public Batch Take()
    {
        var batch = _waiting;
        (_waiting, _paths, Bytes) = (Empty(), null, 0);
        return batch;
    }

    private static Batch Empty() => new([], [], []);
}
