using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>
/// An index with a model and a log beside it. A reopen loses what was not flushed and replays the log from the
/// committed position, as the owner of an index does.
/// </summary>
internal sealed class IndexHarness : IDisposable
{
    private readonly IndexDirectory _directory;
    private readonly List<(string Path, ulong Version, ModelDocument? Document)> _log = [];
    private readonly Dictionary<string, ModelDocument> _live = [];
    private ulong _clock;

    public IndexHarness(IndexDirectory directory, CollectionIndexOptions? options = null)
    {
        _directory = directory;
        Options = options ?? new CollectionIndexOptions { SegmentsPerTier = 3, SegmentFloorBytes = 4096 };
        Index = Open();
    }

    public CollectionIndexOptions Options { get; }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UnixEpoch);

    public CollectionIndex Index { get; private set; }

    public IReadOnlyDictionary<string, ModelDocument> Live => _live;

    public IReadOnlyCollection<ModelDocument> Searchable { get; private set; } = [];

    public void Put(Random random, string path) => Put(Corpus.Document(random, path, ++_clock));

    public void Put(ModelDocument document)
    {
        _clock = Math.Max(_clock, document.Version);
        var status = Index.Put(
            Corpus.Utf8(document.Path), document.Version, document.Json(), out var stored, out var error);
        Assert.True(status == StatusCode.Ok, error);
        Assert.Equal(document.Version, stored);
        _log.Add((document.Path, document.Version, document));
        _live[document.Path] = document;
    }

    public void Delete(string path)
    {
        var status = Index.Delete(Corpus.Utf8(path), ++_clock, out _, out _);
        Assert.Equal(_live.Remove(path) ? StatusCode.Ok : StatusCode.NotFound, status);
        _log.Add((path, _clock, null));
    }

    public void Refresh()
    {
        Index.Refresh();
        Searchable = [.. _live.Values];
    }

    public void Flush()
    {
        Index.Flush(_log.Count);
        Assert.Equal(_log.Count, Index.CommittedPosition);
        Searchable = [.. _live.Values];
    }

    public bool Merge() => Index.MergeOnce(long.MaxValue, CancellationToken.None);

    public void Reopen()
    {
        Index.Dispose();
        Index = Open();
        for (var i = (int)Index.CommittedPosition; i < _log.Count; i++)
        {
            var (path, version, document) = _log[i];
            if (document is null) Index.Delete(Corpus.Utf8(path), version, out _, out _);
            else Index.Put(Corpus.Utf8(path), version, document.Json(), out _, out _);
        }

        Refresh();
    }

    public SearchReply Search(QueryNode query, int size = 10, TermStatistics? statistics = null)
    {
        var request = new SearchRequest
        {
            Collection = "docs", Query = query, Size = size, WithSource = false, Statistics = statistics,
        };
        var status = Index.Search(request, SearchBudget.Unlimited(), out var reply, out var error);
        Assert.True(status == StatusCode.Ok, error);
        return reply!;
    }

    public TermStatistics Statistics(QueryNode query)
    {
        var request = new SearchRequest { Collection = "docs", Query = query };
        var status = Index.Statistics(request, SearchBudget.Unlimited(), out var statistics, out var error);
        Assert.True(status == StatusCode.Ok, error);
        return statistics!;
    }

    public void Dispose() => Index.Dispose();

    private CollectionIndex Open() =>
        CollectionIndex.Open(_directory, Corpus.Schema, _ => WordAnalyzer.Instance, Options, Time);
}

/// <summary>A directory of the file system that goes away with the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("hedgerow-index-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
