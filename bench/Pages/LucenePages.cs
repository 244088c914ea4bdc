using System.Globalization;
using Hedgerow.Bench.Words;
using Lucene.Net.Analysis.Core;
using Lucene.Net.Documents;
using Lucene.Net.Index;
using Lucene.Net.Search;
using Lucene.Net.Search.Similarities;
using Lucene.Net.Store;
using Lucene.Net.Util;

namespace Hedgerow.Bench.Pages;

/// <summary>
/// Lucene.NET's index of the articles, one segment. Lucene.Net.Grouping and Lucene.Net.Highlighter do not restore: its
/// groups are a collector over its doc values, and there are no marks.
/// </summary>
internal sealed class LucenePages : IPageEngine, IDisposable
{
    private const LuceneVersion Version = LuceneVersion.LUCENE_48;

    private static readonly Sort ByLengthFirst = new(new SortField("length", SortFieldType.INT64, reverse: true));

    private readonly RAMDirectory _directory = new();
    private readonly WhitespaceAnalyzer _analyzer = new(Version);
    private readonly DirectoryReader _reader;
    private readonly IndexSearcher _searcher;

    public LucenePages(Article[] articles)
    {
        var config = new IndexWriterConfig(Version, _analyzer) { Similarity = new BM25Similarity() };
        using (var writer = new IndexWriter(_directory, config))
        {
            for (var i = 0; i < articles.Length; i++)
            {
                writer.AddDocument(
                [
                    new StoredField("id", i.ToString(CultureInfo.InvariantCulture)),
                    new TextField("text", articles[i].Text, Field.Store.NO),
                    new SortedDocValuesField("group", new BytesRef(PageCorpus.GroupOf(articles[i]))),
                    new NumericDocValuesField("length", articles[i].Text.Length),
                ]);
            }

            writer.ForceMerge(1);
        }

        _reader = DirectoryReader.Open(_directory);
        _searcher = new IndexSearcher(_reader) { Similarity = new BM25Similarity() };
    }

    public List<int> ByScore(string text, int pages, int size)
    {
        var query = Any(text);
        return Paged(after => _searcher.SearchAfter(after, query, size), pages, size);
    }

    public List<int> ByLength(string text, int pages, int size)
    {
        var query = Any(text);
        return Paged(
            after => after is null
                ? _searcher.Search(query, null, size, ByLengthFirst)
                : _searcher.SearchAfter(after, query, null, size, ByLengthFirst),
            pages, size);
    }

    public List<int> Deep(string text, int from, int size) => Numbers(
        _searcher.Search(Any(text), null, from + size, ByLengthFirst).ScoreDocs.Skip(from));

    public List<int> Groups(string text, int size)
    {
        var longest = new LongestOfGroups();
        _searcher.Search(Any(text), longest);
        return Numbers(longest.Best(size));
    }

    public void Dispose()
    {
        _reader.Dispose();
        _directory.Dispose();
        _analyzer.Dispose();
    }

    private static BooleanQuery Any(string text)
    {
        var any = new BooleanQuery(disableCoord: true);
        foreach (var word in text.Split(' ')) any.Add(new TermQuery(new Term("text", word)), Occur.SHOULD);
        return any;
    }

    private List<int> Paged(Func<ScoreDoc?, TopDocs> search, int pages, int size)
    {
        var all = new List<int>();
        ScoreDoc? last = null;
        for (var page = 0; page < pages; page++)
        {
            var found = search(last).ScoreDocs;
            all.AddRange(Numbers(found));
            if (found.Length < size) break;
            last = found[^1];
        }

        return all;
    }

    private List<int> Numbers(IEnumerable<ScoreDoc> found) =>
        [.. found.Select(hit => int.Parse(_searcher.Doc(hit.Doc).Get("id"), CultureInfo.InvariantCulture))];

    /// <summary>The longest document of each ordinal, as a grouping collector's first pass has it.</summary>
    private sealed class LongestOfGroups : ICollector
    {
        private SortedDocValues _groups = null!;
        private NumericDocValues _lengths = null!;
        private (long Length, int Document)[] _longest = [];

        public bool AcceptsDocsOutOfOrder => false;

        public void SetScorer(Scorer scorer)
        {
        }

        public void SetNextReader(AtomicReaderContext context)
        {
            _groups = context.AtomicReader.GetSortedDocValues("group");
            _lengths = context.AtomicReader.GetNumericDocValues("length");
            _longest = new (long Length, int Document)[_groups.ValueCount];
        }

        public void Collect(int doc)
        {
            var length = _lengths.Get(doc);
            ref var longest = ref _longest[_groups.GetOrd(doc)];
            if (length > longest.Length) longest = (length, doc);
        }

        public IEnumerable<ScoreDoc> Best(int size) => _longest.Where(group => group.Length > 0)
            .OrderByDescending(group => group.Length).ThenBy(group => group.Document).Take(size)
            .Select(group => new ScoreDoc(group.Document, 0));
    }
}
