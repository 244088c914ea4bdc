using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Reads of an index that may take long: on the pool, under the request's deadline, until it is cancelled.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Has neither timer nor handle; a late cancel may still come.")]
internal sealed class SearchWork(in Request request, ReadOnlySpan<byte> body, LeafCore core, ShardEngine shard)
    : PendingRequest(request, body, core.Pending)
{
    private const double SoftShare = 0.9;

    private readonly CancellationTokenSource _cancel = new();
    private DocumentCollection? _collection;

    protected override void Serve()
    {
        if (!shard.Leases.TryEnter())
        {
            Fail(StatusCode.Unavailable, "The shard was taken from this leaf while the request waited.");
            return;
        }

        try
        {
            Read();
        }
        catch (IndexCorruptException damage) when (_collection is not null)
        {
            shard.MarkDamaged(_collection, damage);
            Fail(StatusCode.Corrupt, damage.Message);
        }
        finally
        {
            shard.Leases.Exit();
        }
    }

    protected override void OnCancelWhileWaiting() => core.Pool.Remove(this);

    protected override void OnCancelWhileRunning() => _cancel.Cancel();

    private void Read()
    {
        switch (Request.Header.Opcode)
        {
            case Opcode.Search:
                Search();
                break;
            case Opcode.TermStatistics:
                Statistics();
                break;
            case Opcode.Scan:
                Scan();
                break;
            default:
                ListCollections();
                break;
        }
    }

    private void Search()
    {
        if (!TryRead(out var search, out var collection)) return;
        var status = collection.Index.Search(search, Budget(), out var reply, out var error);
        if (status != StatusCode.Ok)
        {
            Fail(status, error ?? Explain(status));
            return;
        }

        var output = new ArrayBufferWriter<byte>();
        SearchCodec.Write(output, reply!.Profile is { } profile ? reply with { Profile = WithQueue(profile) } : reply);
        Finish(StatusCode.Ok, 0, output.WrittenSpan);
    }

    private SearchProfile WithQueue(SearchProfile profile)
    {
        var queued = new SearchPhase("queued", Clock.Micros(Request.ReceivedTicks, StartedTicks));
        return profile with
        {
            Shards = [.. profile.Shards.Select(s => s with { Shard = shard.Id, Phases = [queued, .. s.Phases] })],
        };
    }

    private void Statistics()
    {
        if (!TryRead(out var search, out var collection)) return;
        var status = collection.Index.Statistics(search, Budget(), out var statistics, out var error);
        if (status != StatusCode.Ok)
        {
            Fail(status, error ?? Explain(status));
            return;
        }

        var output = new ArrayBufferWriter<byte>();
        SearchCodec.Write(output, statistics!);
        Finish(StatusCode.Ok, 0, output.WrittenSpan);
    }

    private void Scan()
    {
        if (!ScanCodec.TryRead(Body, out ScanRequest? scan, out var error))
        {
            Fail(StatusCode.BadRequest, $"Scan: {error}");
            return;
        }

        if (!TryFind(scan.Collection, out var collection)) return;
        var output = new ArrayBufferWriter<byte>();
        ScanCodec.Write(output, collection.Index.Scan(scan.After, scan.Limit));
        Finish(StatusCode.Ok, 0, output.WrittenSpan);
    }

    private void ListCollections()
    {
        var name = Encoding.UTF8.GetString(Body.Span);
        var table = core.Collections;
        var statuses = new List<CollectionStatus>();
        if (name.Length == 0)
        {
            for (var ordinal = 0; ordinal < table.Collections.Count; ordinal++) statuses.Add(Describe(ordinal));
        }
        else if (table.TryFind(name, out var ordinal))
        {
            statuses.Add(Describe(ordinal));
        }
        else
        {
            Fail(StatusCode.NoSuchCollection, LeafCore.NoSuchCollection(name));
            return;
        }

        var output = new ArrayBufferWriter<byte>();
        CollectionCodec.Write(output, new CollectionList(statuses));
        Finish(StatusCode.Ok, 0, output.WrittenSpan);

        CollectionStatus Describe(int ordinal)
        {
            var index = shard.Collections[ordinal].Index;
            return new CollectionStatus(
                table.Collections[ordinal] with { Fields = index.Schema.Fields },
                index.Documents, index.SearchableDocuments, index.Bytes);
        }
    }

    private bool TryRead(out SearchRequest search, out DocumentCollection collection)
    {
        if (SearchCodec.TryRead(Body, out SearchRequest? read, out var error))
        {
            search = read;
            return TryFind(search.Collection, out collection);
        }

        Fail(StatusCode.BadRequest, $"{Request.Header.Opcode}: {error}");
        search = null!;
        collection = null!;
        return false;
    }

    private bool TryFind(string name, out DocumentCollection collection)
    {
        if (core.Collections.TryFind(name, out var ordinal))
        {
            _collection = collection = shard.Collections[ordinal];
            return true;
        }

        Fail(StatusCode.NoSuchCollection, LeafCore.NoSuchCollection(name));
        collection = null!;
        return false;
    }

    /// <summary>The search stops before the deadline: what it found has to be read, sent and merged by then.</summary>
    private SearchBudget Budget() =>
        new(Clock.Time, Clock.Left(Clock.Ticks(), DeadlineTicks), _cancel.Token, SoftShare);

    private static string Explain(StatusCode status) => status switch
    {
        StatusCode.DeadlineExceeded => "Its deadline passed while it ran; the work was dropped.",
        StatusCode.Cancelled => "The client cancelled it while it ran.",
        _ => $"It ended with {status}.",
    };
}
