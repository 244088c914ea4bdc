using System.Text.Json;
using Lucene.Net.Analysis.Standard;
using Lucene.Net.Analysis.Util;
using Lucene.Net.Documents;
using Lucene.Net.Index;
using Lucene.Net.Search;
using Lucene.Net.Store;
using Lucene.Net.Util;

namespace Hedgerow.Bench.Instant;

/// <summary>
/// The nearest that Lucene.NET 4.8 has: every word as it is or misspelt (FuzzyQuery, the same typos by length, the
/// first letter right), the last one as a prefix too, over both fields, ten hits by BM25. No order by typos or
/// proximity.
/// </summary>
internal sealed class LuceneTyping : IDisposable
{
    private const LuceneVersion Version = LuceneVersion.LUCENE_48;
    private static readonly string[] Fields = ["lemmas", "definition"];

    private readonly RAMDirectory _directory = new();
    private readonly DirectoryReader _reader;
    private readonly IndexSearcher _searcher;

    public LuceneTyping(IReadOnlyList<byte[]> documents)
    {
        using (var analyzer = new StandardAnalyzer(Version, CharArraySet.Empty))
        using (var writer = new IndexWriter(_directory, new IndexWriterConfig(Version, analyzer)))
        {
            foreach (var document in documents)
            {
                using var json = JsonDocument.Parse(document);
                var definition = json.RootElement.GetProperty("definition").GetString()!;
                var added = new Document { new TextField("definition", definition, Field.Store.YES) };
                foreach (var lemma in json.RootElement.GetProperty("lemmas").EnumerateArray())
                    added.Add(new TextField("lemmas", lemma.GetString()!, Field.Store.YES));
                writer.AddDocument(added);
            }

            writer.ForceMerge(1);
        }

        _reader = DirectoryReader.Open(_directory);
        _searcher = new IndexSearcher(_reader);
    }

    /// <summary>Searches and reads the hits.</summary>
    public int Search(string text)
    {
        var query = new BooleanQuery();
        var words = text.ToLowerInvariant().Split([' ', '-', '.', '/'], StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < words.Length; i++) query.Add(Word(words[i], i == words.Length - 1), Occur.MUST);
        var hits = _searcher.Search(query, 10).ScoreDocs;
        foreach (var hit in hits) _searcher.Doc(hit.Doc);
        return hits.Length;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _directory.Dispose();
    }

    private static BooleanQuery Word(string word, bool isPrefix)
    {
        var any = new BooleanQuery();
        var edits = word.Length < 5 ? 0 : word.Length < 9 ? 1 : 2;
        foreach (var field in Fields)
        {
            any.Add(new TermQuery(new Term(field, word)), Occur.SHOULD);
            if (edits > 0) any.Add(new FuzzyQuery(new Term(field, word), edits, 1), Occur.SHOULD);
            if (isPrefix) any.Add(new PrefixQuery(new Term(field, word)), Occur.SHOULD);
        }

        return any;
    }
}
