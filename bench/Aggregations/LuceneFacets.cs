using Lucene.Net.Analysis.Core;
using Lucene.Net.Documents;
using Lucene.Net.Index;
using Lucene.Net.Search;
using Lucene.Net.Store;
using Lucene.Net.Util;

namespace Hedgerow.Bench.Aggregations;

/// <summary>
/// Facets over Lucene.NET's sorted-set doc values: a collector that counts ordinals in an array, then the ten highest.
/// Lucene.Net.Facet, whose class for it is SortedSetDocValuesFacetCounts, does not restore everywhere.
/// </summary>
internal sealed class LuceneFacets : IDisposable
{
    private const LuceneVersion Version = LuceneVersion.LUCENE_48;
    private const string Facet = "facet";
    private const int Best = 10;

    private readonly RAMDirectory _directory = new();
    private readonly WhitespaceAnalyzer _analyzer = new(Version);
    private readonly DirectoryReader _reader;
    private readonly IndexSearcher _searcher;

    public LuceneFacets(Synset[] synsets, Func<Synset, string[]> values)
    {
        using (var writer = new IndexWriter(_directory, new IndexWriterConfig(Version, _analyzer)))
        {
            foreach (var synset in synsets)
            {
                var document = new Document { new TextField("text", synset.Definition, Field.Store.NO) };
                foreach (var value in values(synset))
                    document.Add(new SortedSetDocValuesField(Facet, new BytesRef(value)));
                writer.AddDocument(document);
            }

            writer.ForceMerge(1);
        }

        _reader = DirectoryReader.Open(_directory);
        _searcher = new IndexSearcher(_reader);
    }

    /// <summary>The ten most frequent values and their counts.</summary>
    public (string Value, long Count)[] Top(string? word)
    {
        var collector = new OrdinalCounts();
        Query query = word is null ? new MatchAllDocsQuery() : new TermQuery(new Term("text", word));
        _searcher.Search(query, collector);
        return collector.Top();
    }

    public void Dispose()
    {
        _reader.Dispose();
        _directory.Dispose();
        _analyzer.Dispose();
    }

    /// <summary>One segment; a second would need its ordinals joined.</summary>
    private sealed class OrdinalCounts : ICollector
    {
        private SortedSetDocValues _values = null!;
        private int[] _counts = [];

        public bool AcceptsDocsOutOfOrder => true;

        public void SetScorer(Scorer scorer)
        {
        }

        public void SetNextReader(AtomicReaderContext context)
        {
            _values = context.AtomicReader.GetSortedSetDocValues(Facet);
            _counts = new int[_values.ValueCount];
        }

        public void Collect(int doc)
        {
            _values.SetDocument(doc);
            for (var ordinal = _values.NextOrd(); ordinal >= 0; ordinal = _values.NextOrd()) _counts[ordinal]++;
        }

        public (string Value, long Count)[] Top()
        {
            var best = new PriorityQueue<int, (int Count, int Place)>();
            for (var ordinal = 0; ordinal < _counts.Length; ordinal++)
            {
                if (_counts[ordinal] == 0) continue;
                var rank = (_counts[ordinal], -ordinal);
                if (best.Count < Best) best.Enqueue(ordinal, rank);
                else best.EnqueueDequeue(ordinal, rank);
            }

            var bytes = new BytesRef();
            var top = new (string Value, long Count)[best.Count];
            for (var i = top.Length - 1; i >= 0; i--)
            {
                var ordinal = best.Dequeue();
                _values.LookupOrd(ordinal, bytes);
                top[i] = (bytes.Utf8ToString(), _counts[ordinal]);
            }

            return top;
        }
    }
}
