using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>One way to correct a text.</summary>
/// <param name="Terms">A term for each word.</param>
/// <param name="Errors">How many are not the word itself.</param>
/// <param name="Score">Logarithm of how likely it is.</param>
internal sealed record PhraseWay(IReadOnlyList<string> Terms, int Errors, double Score);

/// <summary>
/// Chooses what a whole text may have been meant as, by counts of one big index. One text; one thread.
/// </summary>
/// <remarks>
/// A noisy channel (M. Kernighan, K. Church and W. Gale, A Spelling Correction Program Based on a Noisy Channel Model,
/// 1990): the likeliest text is that whose words are likely behind each other and few edits from what was typed. The
/// first is told by documents that have two words as neighbours, or, where none has, by those that have the second,
/// times 0.4 ("stupid backoff", T. Brants et al., Large Language Models in Machine Translation, 2007). A beam of 32
/// ways goes from word to word. What is no likelier than the text as it stands is no correction.
/// </remarks>
internal sealed class PhraseChoice
{
    private const int OthersMax = 7;
    private const int BeamWidth = 32;
    private const int CollatedPerOption = 4;
    private const double EditCost = 4;

    /// <summary>What it costs to keep a word that no document has: more than any edits that lead to one.</summary>
    private const double UnseenCost = 12;
    private const double Backoff = 0.4;

    private readonly PhraseCorrection _query;
    private readonly SpellingReply _near;
    private readonly Candidate[][] _candidates;
    private readonly Dictionary<(string, string), long> _pairs = [];

    /// <param name="query">What was asked.</param>
    /// <param name="near">What all shards counted of its words and those near them.</param>
    public PhraseChoice(PhraseCorrection query, SpellingReply near)
    {
        _query = query;
        _near = near;
        _candidates = [.. near.Words.Select(CandidatesOf)];
    }

    /// <summary>Whether there is nothing to choose from.</summary>
    public bool IsSettled => _candidates.All(candidates => candidates.Length == 1) || _query.Size == 0;

    /// <summary>Neighbours whose documents have to be counted.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Pairs()
    {
        foreach (var (first, second) in Neighbours()) _pairs.TryAdd((first, second), 0);
        return [.. _pairs.Keys.Select(pair => new[] { pair.Item1, pair.Item2 })];
    }

    /// <summary>The likeliest ways, best first, that are likelier than the text as it stands.</summary>
    /// <param name="counts">Documents of each of <see cref="Pairs"/>.</param>
    public List<PhraseWay> Best(IReadOnlyList<long> counts)
    {
        var at = 0;
        foreach (var pair in _pairs.Keys.ToArray()) _pairs[pair] = counts[at++];
        var beam = new List<PhraseWay> { new([], 0, 0) };
        for (var i = 0; i < _candidates.Length; i++)
        {
            var ways = from way in beam
                       from next in _candidates[i]
                       where way.Errors + (next.Edits > 0 ? 1 : 0) <= _query.ErrorsMax
                       select With(way, i, next);
            beam = [.. Ordered(ways).Take(BeamWidth)];
        }

        var typed = new PhraseWay([], 0, 0);
        for (var i = 0; i < _candidates.Length; i++) typed = With(typed, i, _candidates[i][0]);
        return
        [
            .. beam.Where(way => way.Errors > 0 && way.Score > typed.Score)
                .Take(_query.Size * (_query.Collate ? CollatedPerOption : 1)),
        ];
    }

    /// <summary>The options of some ways, those that find nothing left out.</summary>
    /// <param name="ways">Best first.</param>
    /// <param name="documents">Documents that have all words of each; null where it was not asked.</param>
    public PhraseOption[] Options(List<PhraseWay> ways, IReadOnlyList<long>? documents) =>
    [
        .. ways.Select((way, i) => Option(way, documents?[i] ?? -1)).Where(option => option.Documents != 0)
            .Take(_query.Size),
    ];

    private Candidate[] CandidatesOf(SpellingWord word)
    {
        var typed = new Candidate(word.Term, 0, word.Documents);
        var others = word.Near.Select(near => new Candidate(near.Term, near.Edits, near.Documents))
            .OrderByDescending(other => Alone(other) - (EditCost * other.Edits))
            .ThenBy(other => other.Term, PathOrder.Instance).Take(OthersMax);
        return [typed, .. others];
    }

    private IEnumerable<(string, string)> Neighbours() =>
        from i in Enumerable.Range(0, Math.Max(0, _candidates.Length - 1))
        from first in _candidates[i]
        from second in _candidates[i + 1]
        where first.Documents > 0 && second.Documents > 0
        select (first.Term, second.Term);

    private PhraseWay With(PhraseWay way, int at, Candidate next)
    {
        var likely = Alone(next);
        if (at > 0)
        {
            var before = way.Terms[^1];
            var together = _pairs.GetValueOrDefault((before, next.Term));
            likely = together > 0
                ? Math.Log((double)together / DocumentsOf(at - 1, before))
                : Math.Log(Backoff) + likely;
        }

        return new PhraseWay(
            [.. way.Terms, next.Term], way.Errors + (next.Edits > 0 ? 1 : 0),
            way.Score + likely - (EditCost * next.Edits));
    }

    private long DocumentsOf(int at, string term) =>
        Math.Max(1, Array.Find(_candidates[at], candidate => candidate.Term == term)!.Documents);

    /// <summary>How likely a word is with nothing before it.</summary>
    private double Alone(Candidate candidate) =>
        Math.Log(Math.Max(candidate.Documents, 0.5) / Math.Max(1, _near.Documents))
        - (candidate.Documents == 0 ? UnseenCost : 0);

    private static IEnumerable<PhraseWay> Ordered(IEnumerable<PhraseWay> ways) =>
        ways.OrderByDescending(way => way.Score)
            .ThenBy(way => string.Join(' ', way.Terms), PathOrder.Instance);

    private PhraseOption Option(PhraseWay way, long documents)
    {
        var plain = new StringBuilder();
        var marked = new StringBuilder();
        var at = 0;
        for (var i = 0; i < way.Terms.Count; i++)
        {
            var word = _near.Words[i];
            if (way.Terms[i] == word.Term || word.Start < at) continue;
            var kept = _query.Text[at..word.Start];
            plain.Append(kept).Append(way.Terms[i]);
            marked.Append(Escaped(kept)).Append("<em>").Append(Escaped(way.Terms[i])).Append("</em>");
            at = word.Start + word.Length;
        }

        plain.Append(_query.Text[at..]);
        marked.Append(Escaped(_query.Text[at..]));
        return new PhraseOption(plain.ToString(), marked.ToString(), way.Score, documents);
    }

    private static string Escaped(string text) => new StringBuilder(text)
        .Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;").Replace("'", "&#39;")
        .ToString();

    private sealed record Candidate(string Term, int Edits, long Documents);
}
