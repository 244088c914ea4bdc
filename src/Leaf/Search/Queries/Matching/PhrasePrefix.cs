using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// A phrase whose last word is unfinished: it stands for any of the terms that begin so, and is as rare as the most
/// frequent of them. Two words at least. One search.
/// </summary>
internal sealed class PhrasePrefixWeight : ScoredWeight
{
    private readonly byte[][] _words;
    private readonly int[] _offsets;
    private readonly int _slop;
    private readonly bool _isScoring;
    private readonly TermExpansion _last;
    private byte[][] _endings = [];

    /// <param name="field">The field.</param>
    /// <param name="words">Analysed terms, the last one unfinished.</param>
    /// <param name="offsets">Their places, not falling.</param>
    /// <param name="slop">Most moves.</param>
    /// <param name="most">Most terms that the last one stands for.</param>
    /// <param name="boost">Product of boosts.</param>
    /// <param name="isScoring">Whether it scores.</param>
    public PhrasePrefixWeight(
        string field, IReadOnlyList<string> words, int[] offsets, int slop, int most, float boost, bool isScoring)
        : base(field, [.. words.SkipLast(1), words[^1] + "*"], boost)
    {
        _words = [.. words.SkipLast(1).Select(Encoding.UTF8.GetBytes)];
        _offsets = offsets;
        _slop = slop;
        _isScoring = isScoring;
        _last = TermExpansion.Behind(Encoding.UTF8.GetBytes(words[^1]), most);
    }

    /// <inheritdoc/>
    public override void Count(StatisticsRows rows)
    {
        if (_isScoring) rows.Add(Field);
        for (var i = 0; _isScoring && i < _words.Length; i++) rows.Add(Field, Terms[i]);
        foreach (var ending in rows.Statistics.Expand(Field, _last)) rows.Add(Field, ending.Text);
    }

    /// <inheritdoc/>
    public override void Bind(QueryStatistics statistics)
    {
        _endings = Array.ConvertAll(statistics.Expand(Field, _last), ending => Encoding.UTF8.GetBytes(ending.Text));
        if (_isScoring) base.Bind(statistics);
    }

    /// <inheritdoc/>
    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        if (view.Segment.Field(Field, FieldType.Text) is not { Terms: { } terms } field) return null;
        var cursors = new PostingsCursor[_words.Length];
        for (var i = 0; i < cursors.Length; i++)
        {
            if (!TryFind(field, i, _words[i], out var entry)) return null;
            cursors[i] = field.Postings(entry, budget);
        }

        var endings = new List<PostingsCursor>();
        foreach (var ending in _endings)
            if (terms.TryFind(ending, out var entry)) endings.Add(field.Postings(entry, budget));
        if (endings.Count == 0 || budget.TakeMarks(view.Segment.DocumentCount) is not { } marks) return null;
        var last = new AnyOfWords([.. endings], marks);
        // What stands for many words is the same word as none.
        var matcher = new PhraseMatcher([.. cursors, last], [.. _words, []], _offsets, _slop);
        return new PhraseScorer(cursors, matcher, field, _isScoring ? Similarity : null, last);
    }

    /// <inheritdoc/>
    protected override long DocumentsOf(QueryStatistics statistics, string term)
    {
        if (!ReferenceEquals(term, Terms[^1])) return base.DocumentsOf(statistics, term);
        long documents = 0;
        foreach (var ending in statistics.Expand(Field, _last))
            documents = Math.Max(documents, statistics.Documents(Field, ending.Text));
        return documents;
    }
}

/// <summary>The places of several words as those of one. Their documents are gathered as a bit set first.</summary>
internal sealed class AnyOfWords : IPhraseWord
{
    private readonly PostingsCursor[] _words;
    private readonly ulong[] _documents;
    private readonly List<PostingsCursor> _here = [];
    private int[] _positions = [];

    /// <param name="words">Different terms, not moved yet.</param>
    /// <param name="documents">A bit for each document of the segment, none set.</param>
    public AnyOfWords(PostingsCursor[] words, ulong[] documents)
    {
        _words = words;
        _documents = documents;
        foreach (var word in words)
        {
            while (word.Next() != PostingsCursor.End) BitWords.Add(_documents, word.Document);
            word.Rewind();
        }

        DocumentCount = BitWords.Count(_documents);
    }

    /// <inheritdoc/>
    public int DocumentCount { get; }

    /// <summary>Occurrences in the document that <see cref="TryEnter"/> found.</summary>
    public int Frequency
    {
        get
        {
            var sum = 0;
            foreach (var word in _here) sum += word.Frequency;
            return sum;
        }
    }

    /// <summary>Goes to a document behind the last one asked for, if it has any of the words.</summary>
    public bool TryEnter(int document)
    {
        if (!BitWords.Has(_documents, document)) return false;
        _here.Clear();
        foreach (var word in _words)
        {
            if (word.Document < document) word.Advance(document);
            if (word.Document == document) _here.Add(word);
        }

        return true;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<int> Positions()
    {
        if (_here.Count == 1) return _here[0].Positions();
        var count = 0;
        foreach (var word in _here)
        {
            var positions = word.Positions();
            var sum = count + positions.Length;
            if (_positions.Length < sum) Array.Resize(ref _positions, sum * 2);
            positions.CopyTo(_positions.AsSpan(count));
            count = sum;
        }

        var all = _positions.AsSpan(0, count);
        all.Sort();
        // Words that stand at one place, such as synonyms, are one place.
        var kept = 0;
        foreach (var position in all)
            if (kept == 0 || all[kept - 1] != position) all[kept++] = position;
        return all[..kept];
    }
}
