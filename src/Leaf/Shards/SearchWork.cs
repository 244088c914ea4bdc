using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Instant;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Search.Suggest;
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
    private IndexSnapshot? _held;
    private CollectionIndex? _heldIndex;
    private ServedIndex? _served;

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
            _held?.Release();
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
            case Opcode.PointInTime:
                HoldOrLetGo();
                break;
            case Opcode.Instant:
                Serve<InstantRequest, InstantReply>(
                    InstantCodec.TryRead, static request => request.Collection,
                    (fields, snapshot, request) => (
                        new InstantRun(fields, snapshot, Budget()).Search(request, out var reply, out var error),
                        reply, error),
                    InstantCodec.Write);
                break;
            case Opcode.Suggest:
                Serve<SuggestRequest, SuggestReply>(
                    SuggestCodec.TryRead, static request => request.Collection,
                    (fields, snapshot, request) => (
                        new SuggestRun(fields, snapshot, Budget()).Complete(request, out var reply, out var error),
                        reply, error),
                    SuggestCodec.Write);
                break;
            case Opcode.Spelling:
                Serve<SpellingRequest, SpellingReply>(
                    SpellingCodec.TryRead, static request => request.Collection,
                    (fields, snapshot, request) => (
                        new SuggestRun(fields, snapshot, Budget()).Spell(request, out var reply, out var error),
                        reply, error),
                    SpellingCodec.Write);
                break;
            case Opcode.Analyze:
                Analyze();
                break;
            default:
                ListCollections();
                break;
        }
    }

    private delegate bool TryReadBody<T>(ReadOnlyMemory<byte> body, out T? message, out string? error);

    /// <summary>Reads a request, finds its collection, runs it on what is searchable, and answers.</summary>
    private void Serve<TRequest, TReply>(
        TryReadBody<TRequest> read, Func<TRequest, string> collectionOf,
        Func<CollectionFields, IndexSnapshot, TRequest, (StatusCode, TReply?, string?)> run,
        Action<IBufferWriter<byte>, TReply> write)
        where TRequest : class
        where TReply : class
    {
        if (!read(Body, out var request, out var problem))
        {
            Fail(StatusCode.BadRequest, $"{Request.Header.Opcode}: {problem}");
            return;
        }

        if (!TryFind(collectionOf(request!), out var collection)) return;
        var (status, reply, error) = collection.Index.Read((fields, snapshot) => run(fields, snapshot, request!));
        if (status != StatusCode.Ok)
        {
            Fail(status, error ?? Explain(status));
            return;
        }

        var output = ReplyScratch.Begin();
        write(output, reply!);
        Finish(StatusCode.Ok, 0, output.Written);
    }

    private void Search()
    {
        if (!TryRead(out var search, out var collection) || !TryHold(search)) return;
        ServedIndex? served;
        StatusCode status;
        SearchReply? reply;
        string? error;
        do
        {
            // Where another index took its place meanwhile, what it says is of an index that was closed.
            if (!TryFind(search.Collection, out collection)) return;
            served = _served;
            status = (_heldIndex ?? collection.Index).Search(search, Budget(), out reply, out error, _held);
        }
        while (collection.IsDropped && _held is null);

        if (status != StatusCode.Ok)
        {
            Fail(status, error ?? Explain(status));
            return;
        }

        var output = ReplyScratch.Begin();
        reply = reply! with { Served = _held is null ? served : null };
        SearchCodec.Write(output, reply.Profile is { } profile ? reply with { Profile = WithQueue(profile) } : reply);
        Finish(StatusCode.Ok, 0, output.Written);
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
        if (!TryRead(out var search, out var collection) || !TryHold(search)) return;
        var index = _heldIndex ?? collection.Index;
        var status = index.Statistics(search, Budget(), out var statistics, out var error, _held);
        if (status != StatusCode.Ok)
        {
            Fail(status, error ?? Explain(status));
            return;
        }

        var output = ReplyScratch.Begin();
        SearchCodec.Write(output, statistics!);
        Finish(StatusCode.Ok, 0, output.Written);
    }

    private void Analyze()
    {
        CollectionSchema? schema = null;
        if (!AnalysisCodec.TryRead(Body, out AnalyzeRequest? request, out var error))
        {
            Fail(StatusCode.BadRequest, $"Analyze: {error}");
            return;
        }

        if (request.Collection is { } name)
        {
            if (!TryFind(name, out var collection)) return;
            schema = collection.Index.Schema;
        }

        if (AnalysisRun.Answer(request, schema, out var reply, out error) is not StatusCode.Ok and var status)
        {
            Fail(status, error!);
            return;
        }

        var output = ReplyScratch.Begin();
        AnalysisCodec.Write(output, reply!);
        Finish(StatusCode.Ok, 0, output.Written);
    }

    private void Scan()
    {
        if (!ScanCodec.TryRead(Body, out ScanRequest? scan, out var error))
        {
            Fail(StatusCode.BadRequest, $"Scan: {error}");
            return;
        }

        if (!TryFind(scan.Collection, out var collection)) return;
        var output = ReplyScratch.Begin();
        ScanCodec.Write(output, collection.Index.Scan(scan.After, scan.Limit));
        Finish(StatusCode.Ok, 0, output.Written);
    }

    private void ListCollections()
    {
        var name = Encoding.UTF8.GetString(Body.Span);
        var table = core.Collections;
        var statuses = new List<CollectionStatus>();
        if (name.Length == 0)
        {
            for (var ordinal = 0; ordinal < table.Places.Count; ordinal++)
                if (table.Places[ordinal].State == PlaceState.Serving) statuses.Add(Describe(ordinal));
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

        var output = ReplyScratch.Begin();
        CollectionCodec.Write(output, new CollectionList(statuses));
        Finish(StatusCode.Ok, 0, output.Written);

        CollectionStatus Describe(int ordinal)
        {
            var index = shard.Collections[ordinal].Index;
            var schema = table.Places[ordinal].Schema;
            return new CollectionStatus(
                schema with { Fields = index.Schema.Fields },
                index.Documents, index.SearchableDocuments, index.Bytes)
            {
                Aliases = [.. table.Aliases.Where(a => a.Value.Collection == schema.Name).Select(a => a.Key).Order()],
                Reindex = table.TryFindBuilding(schema.Name, out var building)
                    ? StatusOf(table.Places[building].Schema, shard.Collections[building].Reindexing)
                    : null,
            };
        }

        static ReindexStatus? StatusOf(CollectionSchema schema, Reindexing? progress) => progress is null
            ? null
            : new ReindexStatus(schema, progress.Copied, progress.Documents, progress.IsReady, progress.Problem);
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

    /// <summary>The snapshot that the request is about, where it names one; false when it is not held.</summary>
    private bool TryHold(SearchRequest search)
    {
        if (search.PointInTime is not { } id) return true;
        if (search.KeepAlive is { } keepAlive && core.Held.Problem(keepAlive) is { } problem)
        {
            Fail(StatusCode.BadRequest, problem);
            return false;
        }

        foreach (var row in RowsHere(id))
        {
            _held = core.Held.Use(row.Snapshot, shard.Id, search.Collection, search.KeepAlive, out _heldIndex);
            if (_held is not null) return true;
        }

        Fail(StatusCode.PointInTimeGone, GoneText);
        return false;
    }

    private void HoldOrLetGo()
    {
        if (!PointInTimeCodec.TryRead(Body, out PointInTimeRequest? asked, out var error))
        {
            Fail(StatusCode.BadRequest, $"PointInTime: {error}");
            return;
        }

        if (!TryFind(asked.Collection, out var collection)) return;
        if (asked.Id is null) Hold(asked, collection);
        else LetGo(asked, asked.Id);
    }

    private void Hold(PointInTimeRequest asked, DocumentCollection collection)
    {
        if (core.Held.Problem(asked.KeepAlive) is { } problem)
        {
            Fail(StatusCode.BadRequest, problem);
            return;
        }

        if (core.Held.Open(shard.Id, asked.Collection, collection.Index, asked.KeepAlive) is not { } number)
        {
            Fail(StatusCode.Overloaded,
                $"{core.Options.Name} holds {core.Options.SnapshotsHeldMax} snapshots for points in time, and no more "
                + "may be (leaf.pointInTime.max). Close those that are done.");
            return;
        }

        Answer(new PointInTimeReply
        {
            Id = PointInTimeId.Write([new HeldShard(shard.Id, core.Options.Name, number)]), Shards = 1,
        });
    }

    private void LetGo(PointInTimeRequest asked, string id)
    {
        var closed = RowsHere(id).Count(row => core.Held.Close(row.Snapshot, shard.Id, asked.Collection));
        Answer(new PointInTimeReply { Shards = closed });
    }

    /// <summary>What an id says of this shard on this leaf; nothing where it is no id.</summary>
    private IEnumerable<HeldShard> RowsHere(string id) => PointInTimeId.TryRead(id, out var rows)
        ? rows.Where(row => row.Shard == shard.Id && row.Leaf == core.Options.Name)
        : [];

    private void Answer(PointInTimeReply reply)
    {
        var output = ReplyScratch.Begin();
        PointInTimeCodec.Write(output, reply);
        Finish(StatusCode.Ok, 0, output.Written);
    }

    private string GoneText =>
        $"{core.Options.Name} does not hold the point in time for shard {shard.Id}: it was closed, was not used within "
        + "its keepAlive, held too much memory, or the leaf began anew. Open another and begin at the first page.";

    private bool TryFind(string name, out DocumentCollection collection)
    {
        var table = core.Collections;
        if (table.TryFind(name, out var ordinal))
        {
            _served = table.Served(name, ordinal);
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
