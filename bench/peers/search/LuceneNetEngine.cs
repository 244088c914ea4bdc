using System.Diagnostics;
using System.Globalization;
using Hedgerow.Bench.Search;
using Lucene.Net.Analysis;
using Lucene.Net.Analysis.Core;
using Lucene.Net.Documents;
using Lucene.Net.Index;
using Lucene.Net.QueryParsers.Classic;
using Lucene.Net.Search;
using Lucene.Net.Search.Similarities;
using Lucene.Net.Store;
using Lucene.Net.Util;

namespace Hedgerow.Bench.Peers.Search;

/// <summary>Lucene.NET 4.8: BM25, white space, one thread, one segment, files mapped.</summary>
internal sealed class LuceneNetEngine : ISearchEngine
{
    private const LuceneVersion Version = LuceneVersion.LUCENE_48;

    private readonly Analyzer _analyzer = new WhitespaceAnalyzer(Version);
    private IndexReader? _reader;
    private IndexSearcher _searcher = null!;

    /// <inheritdoc/>
    public IndexFigures Build(SearchCorpus corpus, string folder)
    {
        if (System.IO.Directory.Exists(folder)) System.IO.Directory.Delete(folder, recursive: true);
        GC.Collect();
        var clock = Stopwatch.StartNew();
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        using (var directory = new MMapDirectory(folder))
        {
            var config = new IndexWriterConfig(Version, _analyzer)
            {
                Similarity = new BM25Similarity(),
                RAMBufferSizeMB = SearchDriver.BufferMegabytes,
                MergeScheduler = new SerialMergeScheduler(),
                UseCompoundFile = false,
            };
            using var writer = new IndexWriter(directory, config);
            var id = new StoredField("id", "");
            var text = new TextField("text", "", Field.Store.NO);
            var document = new Document { id, text };
            for (var i = 0; i < corpus.Documents; i++)
            {
                id.SetStringValue(i.ToString(CultureInfo.InvariantCulture));
                text.SetStringValue(corpus.Lines[i % corpus.Lines.Count]);
                writer.AddDocument(document);
            }

            writer.ForceMerge(1);
            writer.Commit();
        }

        var used = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
        var files = new DirectoryInfo(folder).GetFiles();
        var stored = files.Where(file => file.Extension is ".fdt" or ".fdx").Sum(file => file.Length);
        return new IndexFigures(
            "plain", clock.Elapsed.TotalSeconds, used, files.Sum(file => file.Length), stored, corpus.Documents);
    }

    /// <inheritdoc/>
    public void Open(string folder)
    {
        _reader = DirectoryReader.Open(new MMapDirectory(folder));
        if (_reader.Leaves.Count != 1) throw new InvalidDataException($"{_reader.Leaves.Count} segments in '{folder}'");
        _searcher = new IndexSearcher(_reader) { Similarity = new BM25Similarity() };
    }

    /// <inheritdoc/>
    public long Run(SearchMode mode, string query)
    {
        var parsed = Parse(query);
        var total = new TotalHitCountCollector();
        if (mode.Hits == 0)
        {
            _searcher.Search(parsed, total);
            return total.TotalHits;
        }

        // It always counts, so TOP_k and TOP_k_COUNT are one search.
        var found = _searcher.Search(parsed, mode.Hits);
        return mode.Counts ? found.TotalHits : found.ScoreDocs.Length;
    }

    /// <inheritdoc/>
    public IReadOnlyList<(int Document, float Score)> Top10(string query) =>
        [.. _searcher.Search(Parse(query), 10).ScoreDocs.Select(hit => (hit.Doc, hit.Score))];

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader?.Dispose();
        _analyzer.Dispose();
    }

    private Query Parse(string query) => new QueryParser(Version, "text", _analyzer).Parse(query);
}
