using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>One shard's documents of a bulk write, and how many replicas have each of them.</summary>
internal sealed class BulkPart
{
    private readonly string _collection;
    private readonly List<int> _indexes = [];
    private readonly List<BulkDocument> _documents = [];
    private readonly Dictionary<int, BulkFailure> _refused = [];
    private int[] _acks = [];
    private (StatusCode Status, string Message)? _unreached;

    public BulkPart(ShardRoute route, string collection, int acksMin)
    {
        Route = route;
        _collection = collection;
        AcksMin = acksMin;
    }

    public ShardRoute Route { get; }

    public int AcksMin { get; }

    /// <summary>An error that concerns the request as a whole.</summary>
    public (StatusCode Status, string Message)? Refusal { get; private set; }

    public bool AllHaveEnough => Array.TrueForAll(_acks, a => a >= AcksMin);

    /// <summary>Adds a document with its place in the whole request.</summary>
    public void Add(int index, BulkDocument document)
    {
        _indexes.Add(index);
        _documents.Add(document);
    }

    public ReadOnlyMemory<byte> Body()
    {
        _acks = new int[_documents.Count];
        var output = new ArrayBufferWriter<byte>();
        BulkCodec.Write(output, new BulkRequest { Collection = _collection, Documents = _documents });
        return output.WrittenMemory;
    }

    /// <summary>Counts one replica's answer. Nothing of it is kept.</summary>
    public void Book(in Reply reply)
    {
        if (reply.Status != StatusCode.Ok)
        {
            BookError(reply.Status, reply.Status == StatusCode.WrongShard
                ? $"a replica does not hold shard {Route.Shard}, or has a newer topology"
                : RouterReply.Text(reply));
            return;
        }

        if (!BulkCodec.TryRead(reply.Body, out BulkReply? answer, out var error))
        {
            BookError(StatusCode.Internal, error!);
            return;
        }

        var refused = new HashSet<int>();
        foreach (var failure in answer.Failures)
        {
            if ((uint)failure.Index >= (uint)_documents.Count) continue;
            refused.Add(failure.Index);
            _refused[failure.Index] = failure;
        }

        for (var i = 0; i < _acks.Length; i++)
            if (!refused.Contains(i)) _acks[i]++;
    }

    /// <summary>The documents that too few replicas have, by their places in the whole request.</summary>
    public IEnumerable<BulkFailure> Failures(int replicas)
    {
        for (var i = 0; i < _documents.Count; i++)
        {
            if (_acks[i] >= AcksMin) continue;
            var index = _indexes[i];
            if (_refused.TryGetValue(i, out var refused))
            {
                yield return refused with { Index = index };
                continue;
            }

            var why = _unreached ?? (StatusCode.DeadlineExceeded, "the others did not answer in time");
            yield return new BulkFailure(
                index, why.Status,
                $"{_acks[i]} of the {replicas} replicas of shard {Route.Shard} have it; {AcksMin} must. {why.Message}");
        }
    }

    private void BookError(StatusCode status, string message)
    {
        if (status is StatusCode.NoSuchCollection or StatusCode.BadRequest or StatusCode.TooLarge
            or StatusCode.UnknownOpcode or StatusCode.Unauthorized) Refusal = (status, message);
        // WrongShard and the like are for routers; to the writer the replica is not there, and it may try again.
        _unreached = (status == StatusCode.WrongShard ? StatusCode.Unavailable : status, message);
    }
}
