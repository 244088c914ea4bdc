using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Bench.Search;

/// <summary>Our index as a shard opens it, in one segment on disk.</summary>
internal sealed class HedgerowEngine : ISearchEngine
{
    private const string Field = "text";
    private static readonly string[] Fields = [Field];

    private IndexDirectory? _directory;
    private CollectionIndex? _index;

    /// <inheritdoc/>
    public IndexFigures Build(SearchCorpus corpus, string folder)
    {
        var documents = corpus.Lines.Select(Json).ToArray();
        var sources = Write(documents, corpus.Repeat, folder + "-sources", "none");
        GC.Collect();
        var clock = Stopwatch.StartNew();
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var bytes = Write(documents, corpus.Repeat, folder, Field);
        var used = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
        return new IndexFigures("stored", clock.Elapsed.TotalSeconds, used, bytes, sources, corpus.Documents);
    }

    /// <inheritdoc/>
    public void Open(string folder)
    {
        Dispose();
        _directory = IndexDirectory.OnDisk(folder);
        _index = OpenIndex(_directory, Field);
        if (_index.SegmentCount != 1) throw new InvalidDataException($"{_index.SegmentCount} segments in '{folder}'");
    }

    /// <inheritdoc/>
    public long Run(SearchMode mode, string query)
    {
        var reply = Search(query, mode.Hits, mode.Counts);
        return mode.Counts ? reply.Total : reply.Hits.Count;
    }

    /// <inheritdoc/>
    public IReadOnlyList<(int Document, float Score)> Top10(string query) =>
    [
        .. Search(query, 10, false).Hits.Select(hit => (
            int.Parse(hit.Path.AsSpan(hit.Path.LastIndexOf('/') + 1), CultureInfo.InvariantCulture), hit.Score)),
    ];

    /// <inheritdoc/>
    public void Dispose()
    {
        _index?.Dispose();
        _directory?.Dispose();
    }

    private SearchReply Search(string query, int hits, bool counts)
    {
        var request = new SearchRequest
        {
            Collection = "wiki",
            Query = new QueryStringQuery(query, Fields, AllWords: false),
            Size = hits,
            ExactTotal = counts,
            WithSource = false,
        };
        var status = _index!.Search(request, SearchBudget.Unlimited(), out var reply, out var error);
        return status == StatusCode.Ok ? reply! : throw new InvalidOperationException($"'{query}': {status}, {error}");
    }

    /// <summary>Indexes by one field and tells the bytes on disk; by a field that no document has: those of the
    /// documents alone.</summary>
    private static long Write(byte[][] documents, int repeat, string folder, string field)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        using (var directory = IndexDirectory.OnDisk(folder))
        using (var index = OpenIndex(directory, field))
        {
            Span<byte> path = stackalloc byte[32];
            for (var i = 0; i < documents.Length * repeat; i++)
            {
                Utf8.TryWrite(path, CultureInfo.InvariantCulture, $"/wiki/{i:D9}", out var length);
                var status = index.Put(path[..length], 1, documents[i % documents.Length], out _, out var error);
                if (status != StatusCode.Ok) throw new InvalidOperationException($"{status}: {error}");
            }

            index.Flush(1);
        }

        return new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length);
    }

    private static CollectionIndex OpenIndex(IndexDirectory directory, string field)
    {
        var text = new FieldSchema { Name = field, Type = FieldType.Text, Analyzer = "whitespace" };
        var schema = new CollectionSchema { Name = "wiki", Fields = [text] };
        var options = new CollectionIndexOptions { BufferBytesMax = SearchDriver.BufferMegabytes << 20 };
        return CollectionIndex.Open(directory, schema, Analyzers.Get, options, TimeProvider.System);
    }

    private static byte[] Json(string text) =>
        JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { [Field] = text });
}
