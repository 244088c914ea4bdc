using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Search.Suggest;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Instant;

/// <summary>
/// One segment of an instant search: which documents match the first word, the first two, and so on, and how each
/// stands. One thread.
/// </summary>
internal sealed class InstantView : IDisposable
{
    private const int DocumentsPerBlock = 128;

    private readonly InstantPlan _plan;
    private readonly SegmentView _view;
    private readonly int _number;
    private readonly SearchBudget _budget;
    private readonly SegmentField?[] _fields;
    private readonly TermMatch?[,] _plain;
    private readonly TermMatch?[,] _mistyped;
    private readonly ulong[][] _plainLevels;
    private readonly ulong[][] _levels;
    private readonly ValueColumn _ranks;
    private WordOrder? _order;
    private int _seen;

    /// <summary>Seeks the words without typos.</summary>
    public InstantView(InstantPlan plan, SegmentView view, int number, SearchBudget budget)
    {
        _plan = plan;
        _view = view;
        _number = number;
        _budget = budget;
        var words = plan.Words.Length;
        _fields = [.. plan.Fields.Select(field => view.Segment.Field(field.Name, FieldType.Text))];
        _plain = new TermMatch?[words, _fields.Length];
        _mistyped = new TermMatch?[words, _fields.Length];
        _plainLevels = new ulong[words + 1][];
        _levels = new ulong[words + 1][];
        if (plan.Rank is { } rank) _ranks = view.Segment.Field(rank.Name, rank.Type)?.Column ?? default;
        _plainLevels[0] = plan.Filter.Open(view, budget) ?? All(view.Segment.DocumentCount);
        for (var word = 0; word < words; word++) _plainLevels[word + 1] = Open(word, _plainLevels[word], _plain, false);
    }

    /// <summary>Documents that match the first so many words without a typo.</summary>
    public int PlainCount(int words) => BitWords.Count(_plainLevels[words]);

    /// <summary>Those that match them at all; see <see cref="OpenMistyped"/>.</summary>
    public int Count(int words) => BitWords.Count(_levels[words]);

    /// <summary>Seeks the words with typos, too.</summary>
    public void OpenMistyped()
    {
        _levels[0] = _plainLevels[0];
        for (var word = 0; word < _plan.Words.Length; word++)
            _levels[word + 1] = Open(word, _levels[word], _mistyped, true);
    }

    /// <summary>Offers the documents that match so many words, and no more, without a typo.</summary>
    /// <param name="words">Words.</param>
    /// <param name="podium">Who takes the best.</param>
    public void OfferPlain(int words, Podium podium)
    {
        var documents = Only(_plainLevels[words], words);
        if (words == 0) OfferAlike(documents, default, podium);
        else if (words == 1) OfferByField(documents, podium);
        else OfferEach(documents, words, mistyped: false, podium);
    }

    /// <summary>Offers those that match so many words, and no more, with typos.</summary>
    /// <param name="words">One at least.</param>
    /// <param name="podium">Who takes the best.</param>
    public void OfferMistyped(int words, Podium podium)
    {
        var documents = Only(_levels[words], words);
        BitWords.AndNot(documents, _plainLevels[words]);
        OfferEach(documents, words, mistyped: true, podium);
    }

    public void Dispose() => _order?.Dispose();

    private static ulong[] All(int documents)
    {
        var words = new ulong[BitWords.For(documents)];
        DocumentFilter.Fill(words, documents);
        return words;
    }

    /// <summary>A copy, less the documents that match the next word too, where that is known.</summary>
    private ulong[] Only(ulong[] documents, int words)
    {
        var only = (ulong[])documents.Clone();
        if (words < _plan.Words.Length && _levels[words + 1] is { } more) BitWords.AndNot(only, more);
        return only;
    }

    /// <summary>Keeps the documents that have a word in any field.</summary>
    private ulong[] Open(int word, ulong[] before, TermMatch?[,] matches, bool mistyped)
    {
        var any = new ulong[before.Length];
        for (var f = 0; f < _fields.Length; f++)
        {
            if (_plan.Words[word].Fields[f] is not { } sought || _fields[f] is not { Terms: not null } field) continue;
            if (mistyped) _plain[word, f]?.Documents[0].AddTo(any);
            if (mistyped && sought.Edits == 0) continue;
            var match = _view.Segment.Matches.Find(_view, field, sought, mistyped, _budget);
            matches[word, f] = match;
            foreach (var set in match.Documents) set.AddTo(any);
        }

        BitWords.And(any, before);
        return any;
    }

    /// <summary>
    /// One word without a typo: by fields, and in each those first that have it whole. A set of documents is one bucket
    /// of equals, and buckets end as soon as there are enough.
    /// </summary>
    private void OfferByField(ulong[] documents, Podium podium)
    {
        var whole = new ulong[documents.Length];
        for (var f = 0; f < _fields.Length; f++) _plain[0, f]?.Whole.AddTo(whole);
        for (var f = 0; f < _fields.Length; f++)
        {
            if (_plain[0, f] is not { } match) continue;
            var here = new ulong[documents.Length];
            match.Documents[0].AddTo(here);
            BitWords.And(here, documents);
            BitWords.AndNot(documents, here);
            var exact = (ulong[])here.Clone();
            BitWords.And(exact, whole);
            BitWords.AndNot(here, whole);
            OfferAlike(exact, new Standing(1, 0, 0, f, 1, null), podium);
            OfferAlike(here, new Standing(1, 0, 0, f, 0, null), podium);
        }
    }

    /// <summary>Offers documents that differ in nothing but their rank.</summary>
    private void OfferAlike(ulong[] documents, Standing standing, Podium podium)
    {
        Standing? lost = null;
        for (var d = BitWords.Next(documents, 0); d != int.MaxValue; d = BitWords.Next(documents, d + 1))
        {
            if (!Goes() || !podium.MayTake(standing with { Rank = RankMost })) return;
            if (!Offer(standing with { Rank = RankOf(d) }, d, podium, ref lost) && _ranks.IsEmpty) return;
        }
    }

    private void OfferEach(ulong[] documents, int words, bool mistyped, Podium podium)
    {
        Standing? lost = null;
        for (var d = BitWords.Next(documents, 0); d != int.MaxValue; d = BitWords.Next(documents, d + 1))
        {
            if (!Goes()) return;
            // What is told first is asked first, and the rest only while it may still matter.
            var standing = mistyped ? Stand(d, words, true) : new Standing(words, 0, 0, 0, 0, null);
            var best = standing with { Exactness = words, Attribute = 0, Rank = RankMost };
            if (mistyped && !podium.MayTake(best)) continue;
            var proximity = words > 1 ? Proximity(d, words, standing.Typos > 0) : 0;
            if (!podium.MayTake(best with { Proximity = proximity })) continue;
            if (!mistyped) standing = Stand(d, words, false);
            Offer(standing with { Proximity = proximity, Rank = RankOf(d) }, d, podium, ref lost);
        }
    }

    /// <summary>Offers a document, unless one before it that stood no worse was refused: paths only rise.</summary>
    private bool Offer(in Standing standing, int document, Podium podium, ref Standing? lost)
    {
        if (lost is { } before && before.CompareTo(standing) <= 0) return false;
        if (podium.Offer(new Contender(standing, _number, document))) return true;
        lost = standing;
        return false;
    }

    /// <summary>Everything but proximity and rank.</summary>
    private Standing Stand(int document, int words, bool mistyped)
    {
        int typos = 0, attribute = 0, exact = 0;
        for (var word = 0; word < words; word++)
        {
            var (fewest, field) = Nearest(document, word, mistyped);
            typos += fewest;
            attribute += field;
            if (fewest == 0 && IsWhole(document, word)) exact++;
        }

        return new Standing(words, typos, 0, attribute, exact, null);
    }

    /// <summary>The fewest typos that the document has a word with, and the first field where it does.</summary>
    private (int Typos, int Field) Nearest(int document, int word, bool mistyped)
    {
        for (var f = 0; f < _fields.Length; f++)
            if (_plain[word, f] is { } match && match.Documents[0].Has(document)) return (0, f);
        for (var typos = 1; mistyped && typos <= FuzzyQuery.EditsMax; typos++)
            for (var f = 0; f < _fields.Length; f++)
                if (_mistyped[word, f] is { } match && match.Documents[typos].Has(document)) return (typos, f);
        return (0, 0);
    }

    private bool IsWhole(int document, int word)
    {
        for (var f = 0; f < _fields.Length; f++)
            if (_plain[word, f] is { } match && match.Whole.Has(document)) return true;
        return false;
    }

    private int Proximity(int document, int words, bool mistyped)
    {
        _order ??= MakeOrder();
        return _order.IsEmpty ? (words - 1) * InstantRanking.ProximityMax : _order.Of(document, words, mistyped);
    }

    private WordOrder MakeOrder()
    {
        var order = new WordOrder();
        for (var f = 0; f < _fields.Length; f++)
        {
            if (_fields[f] is not { } field) continue;
            var at = f;
            var words = Enumerable.Range(0, _plan.Words.Length);
            order.Add(field, [.. words.Select(word => (_plain[word, at], _mistyped[word, at]))]);
        }

        return order;
    }

    /// <summary>No document ranks higher.</summary>
    private long? RankMost => _ranks.IsEmpty ? null : long.MaxValue;

    private long? RankOf(int document)
    {
        if (_ranks.IsEmpty || !SortColumn.TryRead(_ranks, document, _plan.RankDescending, out var value)) return null;
        return _plan.RankDescending ? value : ~value;
    }

    private bool Goes() => _seen++ % DocumentsPerBlock != 0 || _budget.Spend();
}
