using System.Globalization;
using Lucene.Net.Analysis;
using Lucene.Net.Analysis.Core;
using Lucene.Net.Analysis.Miscellaneous;
using Lucene.Net.Analysis.NGram;
using Lucene.Net.Documents;
using Lucene.Net.Index;
using Lucene.Net.Queries.Mlt;
using Lucene.Net.Search;
using Lucene.Net.Search.Similarities;
using Lucene.Net.Store;
using Lucene.Net.Util;

namespace Hedgerow.Bench.Words;

/// <summary>Lucene.NET's index of the articles, and its own query for each kind.</summary>
internal sealed class LuceneWords : IDisposable
{
    private const LuceneVersion Version = LuceneVersion.LUCENE_48;
    private const int Expansions = 50;

    private readonly RAMDirectory _directory = new();
    private readonly WhitespaceAnalyzer _analyzer = new(Version);
    private readonly Analyzer _grams = Analyzer.NewAnonymous((_, reader) =>
    {
        var words = new WhitespaceTokenizer(Version, reader);
        return new TokenStreamComponents(
            words, new EdgeNGramTokenFilter(Version, words, 1, WordsRun.GramCharsMax));
    });

    private readonly Dictionary<string, string[]> _meanings = new(StringComparer.Ordinal);
    private readonly DirectoryReader _reader;
    private readonly IndexSearcher _searcher;

    /// <param name="articles">What is indexed.</param>
    /// <param name="meanings">Texts that mean each other.</param>
    public LuceneWords(Article[] articles, string[][] meanings)
    {
        foreach (var texts in meanings)
            foreach (var text in texts) _meanings.Add(text, texts);
        using var each = new PerFieldAnalyzerWrapper(
            _analyzer, new Dictionary<string, Analyzer> { ["beginnings"] = _grams });
        var config = new IndexWriterConfig(Version, each) { Similarity = new BM25Similarity() };
        using (var writer = new IndexWriter(_directory, config))
        {
            for (var i = 0; i < articles.Length; i++)
            {
                writer.AddDocument(new Document
                {
                    new StoredField("id", i.ToString(CultureInfo.InvariantCulture)),
                    new TextField("title", articles[i].Title, Field.Store.NO),
                    new TextField("text", articles[i].Text, Field.Store.NO),
                    new TextField("beginnings", articles[i].Title, Field.Store.NO),
                });
            }

            writer.ForceMerge(1);
        }

        _reader = DirectoryReader.Open(_directory);
        _searcher = new IndexSearcher(_reader) { Similarity = new BM25Similarity() };
    }

    /// <summary>Numbers of the ten best.</summary>
    public IReadOnlyList<int> Search(WordKind kind, string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Query query = kind switch
        {
            WordKind.Fuzzy => Any(words.Select(word => new FuzzyQuery(
                new Term("text", word), 1, 1, Expansions, transpositions: true))),
            WordKind.DisMax => BestField(words),
            WordKind.PhrasePrefix => Phrase(words),
            WordKind.Synonyms => AnyMeaning(words),
            WordKind.EdgeGrams => All(words.Select(word => new TermQuery(new Term("beginnings", word)))),
            _ => Like(text),
        };
        return
        [
            .. _searcher.Search(query, 10).ScoreDocs.Select(hit =>
                int.Parse(_searcher.Doc(hit.Doc).Get("id"), CultureInfo.InvariantCulture)),
        ];
    }

    public void Dispose()
    {
        _reader.Dispose();
        _directory.Dispose();
        _analyzer.Dispose();
        _grams.Dispose();
    }

    private static BooleanQuery Any(IEnumerable<Query> queries)
    {
        var any = new BooleanQuery();
        foreach (var query in queries) any.Add(query, Occur.SHOULD);
        return any;
    }

    private static BooleanQuery All(IEnumerable<Query> queries)
    {
        var all = new BooleanQuery();
        foreach (var query in queries) all.Add(query, Occur.MUST);
        return all;
    }

    /// <summary>Words, each with its meanings where it, or it and the next, has some: the longest first.</summary>
    private BooleanQuery AnyMeaning(string[] words)
    {
        var any = new BooleanQuery();
        for (var at = 0; at < words.Length; at++)
        {
            var isPair = at + 1 < words.Length && _meanings.ContainsKey($"{words[at]} {words[at + 1]}");
            var text = isPair ? $"{words[at]} {words[at + 1]}" : words[at];
            if (isPair) at++;
            if (!_meanings.TryGetValue(text, out var meanings))
            {
                any.Add(new TermQuery(new Term("text", text)), Occur.SHOULD);
                continue;
            }

            var best = new DisjunctionMaxQuery(0);
            foreach (var meaning in meanings) best.Add(Meaning(meaning.Split(' ')));
            any.Add(best, Occur.SHOULD);
        }

        return any;
    }

    private static Query Meaning(string[] words)
    {
        if (words is [var word]) return new TermQuery(new Term("text", word));
        var phrase = new PhraseQuery();
        foreach (var one in words) phrase.Add(new Term("text", one));
        return phrase;
    }

    private static DisjunctionMaxQuery BestField(string[] words)
    {
        var best = new DisjunctionMaxQuery(0.3f);
        foreach (var field in new[] { "title", "text" })
            best.Add(Any(words.Select(word => new TermQuery(new Term(field, word)))));
        return best;
    }

    /// <summary>The first terms that begin as the last word does, as one place of a phrase.</summary>
    private MultiPhraseQuery Phrase(string[] words)
    {
        var phrase = new MultiPhraseQuery();
        foreach (var word in words.SkipLast(1)) phrase.Add(new Term("text", word));
        var prefix = new BytesRef(words[^1]);
        var terms = MultiFields.GetTerms(_reader, "text").GetEnumerator();
        var endings = new List<Term>();
        var isThere = terms.SeekCeil(prefix) != TermsEnum.SeekStatus.END;
        while (isThere && endings.Count < Expansions && StringHelper.StartsWith(terms.Term, prefix))
        {
            endings.Add(new Term("text", BytesRef.DeepCopyOf(terms.Term)));
            isThere = terms.MoveNext();
        }

        phrase.Add([.. endings]);
        return phrase;
    }

    private Query Like(string text)
    {
        var like = new MoreLikeThis(_reader)
        {
            Analyzer = _analyzer, FieldNames = ["text"], MinTermFreq = 1, MinDocFreq = 5, MaxQueryTerms = 25,
        };
        var query = (BooleanQuery)like.Like(new StringReader(text), "text");
        query.MinimumNumberShouldMatch = query.Clauses.Count * 30 / 100;
        return query;
    }
}
