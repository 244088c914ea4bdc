using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
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
    private readonly IndexFinder _finder = new(core, shard);
    private IndexSnapshot? _held;
    private CollectionIndex? _heldIndex;

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
        catch (IndexCorruptException damage) when (_finder.Found is not null)
        {
            shard.MarkDamaged(_finder.Found, damage);
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

        var name = collectionOf(request!);
        if (!TryRead(name, index => index.Read((f, snapshot) => run(f, snapshot, request!)), out var found))
            return;
        var (status, reply, error) = found;
        if (status == StatusCode.Ok) Answer(reply!, write);
        else Fail(status, error ?? Explain(status));
    }

    private void Search()
    {
        if (!TryRead(out var search) || !TryHold(search)) return;
        if (!TryRead(search.Collection, Run, out var found)) return;
        var (status, reply, error) = found;
        if (status != StatusCode.Ok)
        {
            Fail(status, error ?? Explain(status));
            return;
        }

        reply = reply! with { Served = _held is null ? _finder.Served : null };
        Answer(
            reply.Profile is { } profile ? reply with { Profile = WithQueue(profile) } : reply, SearchCodec.Write);

        (StatusCode, SearchReply?, string?) Run(CollectionIndex index) =>
            ((_heldIndex ?? index).Search(search, Budget(), out var answer, out var problem, _held), answer, problem);
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
        if (!TryRead(out var search) || !TryHold(search)) return;
        if (!TryRead(search.Collection, Run, out var found)) return;
        var (status, statistics, error) = found;
        if (status == StatusCode.Ok) Answer(statistics!, SearchCodec.Write);
        else Fail(status, error ?? Explain(status));

        (StatusCode, TermStatistics?, string?) Run(CollectionIndex index) => (
            (_heldIndex ?? index).Statistics(search, Budget(), out var counted, out var problem, _held), counted,
            problem);
    }

    private void Analyze()
    {
        CollectionSchema? schema = null;
        if (!AnalysisCodec.TryRead(Body, out AnalyzeRequest? request, out var error))
        {
            Fail(StatusCode.BadRequest, $"Analyze: {error}");
            return;
        }

        if (request.Collection is { } name && !TryRead(name, index => index.Schema, out schema)) return;

        if (AnalysisRun.Answer(request, schema, out var reply, out error) is not StatusCode.Ok and var status)
        {
            Fail(status, error!);
            return;
        }

        Answer(reply!, AnalysisCodec.Write);
    }

    private void Scan()
    {
        if (!ScanCodec.TryRead(Body, out ScanRequest? scan, out var error))
        {
            Fail(StatusCode.BadRequest, $"Scan: {error}");
            return;
        }

        if (TryRead(scan.Collection, index => index.Scan(scan.After, scan.Limit, scan.WithDeleted), out var page))
            Answer(page, ScanCodec.Write);
    }

    private void ListCollections()
    {
        var list = new CollectionListing(core, shard).Of(Encoding.UTF8.GetString(Body.Span), out var error);
        if (list is null) Fail(StatusCode.NoSuchCollection, error!);
        else Answer(list, CollectionCodec.Write);
    }

    private bool TryRead(out SearchRequest search)
    {
        if (SearchCodec.TryRead(Body, out SearchRequest? read, out var error))
        {
            search = read;
            return true;
        }

        Fail(StatusCode.BadRequest, $"{Request.Header.Opcode}: {error}");
        search = null!;
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

        if (asked.Id is { } id) LetGo(asked, id);
        else Hold(asked);
    }

    private void Hold(PointInTimeRequest asked)
    {
        if (core.Held.Problem(asked.KeepAlive) is { } problem)
        {
            Fail(StatusCode.BadRequest, problem);
            return;
        }

        ulong? number = null;
        var isFound = TryRead(asked.Index ?? asked.Collection, Open, out _);
        if (!isFound)
        {
            if (number is { } useless) core.Held.Close(useless, shard.Id, asked.Collection);
            return;
        }

        if (number is null)
        {
            Fail(StatusCode.Overloaded,
                $"{core.Options.Name} holds {core.Options.SnapshotsHeldMax} snapshots for points in time, and no more "
                + "may be (leaf.pointInTime.max). Close those that are done.");
            return;
        }

        if (_cancel.IsCancellationRequested)
        {
            core.Held.Close(number.Value, shard.Id, asked.Collection);
            Fail(StatusCode.Cancelled, Explain(StatusCode.Cancelled));
            return;
        }

        Answer(new PointInTimeReply
        {
            Id = PointInTimeId.Write([new HeldShard(shard.Id, core.Options.Name, number.Value)]), Shards = 1,
        }, PointInTimeCodec.Write);

        // A cancel comes until it is answered, be it by a connection that closes: nobody will ever name it then.
        if (_cancel.IsCancellationRequested) core.Held.Close(number.Value, shard.Id, asked.Collection);

        bool Open(CollectionIndex index)
        {
            // Of an index that was replaced meanwhile.
            if (number is { } before) core.Held.Close(before, shard.Id, asked.Collection);
            number = core.Held.Open(shard.Id, asked.Collection, index, asked.KeepAlive);
            return true;
        }
    }

    private void LetGo(PointInTimeRequest asked, string id)
    {
        var closed = RowsHere(id).Count(row => core.Held.Close(row.Snapshot, shard.Id, asked.Collection));
        Answer(new PointInTimeReply { Shards = closed }, PointInTimeCodec.Write);
    }

    /// <summary>What an id says of this shard on this leaf; nothing where it is no id.</summary>
    private IEnumerable<HeldShard> RowsHere(string id) => PointInTimeId.TryRead(id, out var rows)
        ? rows.Where(row => row.Shard == shard.Id && row.Leaf == core.Options.Name)
        : [];

    /// <summary>Answers with a message; its version says since when the index serves that was read.</summary>
    private void Answer<T>(T message, Action<IBufferWriter<byte>, T> write)
    {
        var output = ReplyScratch.Begin();
        write(output, message);
        Finish(StatusCode.Ok, _held is null ? _finder.Since : 0, output.Written);
    }

    private string GoneText =>
        $"{core.Options.Name} does not hold the point in time for shard {shard.Id}: it was closed, was not used within "
        + "its keepAlive, held too much memory, or the leaf began anew. Open another and begin at the first page.";

    /// <summary>Reads the index that a name leads to; false, and answered, when it leads to none.</summary>
    private bool TryRead<T>(string name, Func<CollectionIndex, T> read, [MaybeNullWhen(false)] out T result)
    {
        if (_finder.TryRead(name, collection => read(collection.Readable), out result)) return true;
        Fail(StatusCode.NoSuchCollection, LeafCore.NoSuchCollection(name));
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
