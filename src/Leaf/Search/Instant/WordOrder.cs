using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Instant;

/// <summary>
/// How near the words of a text stand to each other in documents of one segment, by the order of words that fields
/// declared instant keep. One search; one thread.
/// </summary>
/// <remarks>
/// Every term of a field has 32 bits that say which words it is: the low half without a typo, the high half at all. A
/// document is then one pass over its terms, which remembers where each word stood last. Tables of bits are
/// the thread's, all zero between searches: what a search sets it clears.
/// </remarks>
internal sealed class WordOrder : IDisposable
{
    /// <summary>Terms of the largest table that is kept: 1 MiB.</summary>
    private const int TermsKept = 1 << 18;

    /// <summary>Tables that a thread keeps: one for each field of each segment of a search.</summary>
    private const int TablesKept = 8;

    private const int AnyShift = 16;
    private const int Nowhere = int.MinValue / 2;

    [ThreadStatic]
    private static List<uint[]>? _kept;

    private readonly List<(SegmentField Field, uint[] Marks)> _fields = [];
    private readonly List<(uint[] Marks, int Low, int High)> _set = [];
    private int[] _terms = new int[64];
    private int[] _steps = new int[64];

    /// <summary>Whether no field keeps the order of its words.</summary>
    public bool IsEmpty => _fields.Count == 0;

    /// <summary>Takes a field in.</summary>
    /// <param name="field">The field.</param>
    /// <param name="matches">Of each word the terms without typos and those with; null where it is not sought.</param>
    public void Add(SegmentField field, IReadOnlyList<(TermMatch? Plain, TermMatch? Mistyped)> matches)
    {
        if (field.Order.IsEmpty || field.Terms is not { } terms) return;
        var marks = Take(terms.Count);
        for (var word = 0; word < matches.Count; word++)
        {
            Mark(marks, matches[word].Plain, (1u << word) | (1u << (word + AnyShift)));
            Mark(marks, matches[word].Mistyped, 1u << (word + AnyShift));
        }

        _fields.Add((field, marks));
    }

    /// <summary>The proximity of the first so many words, two at least.</summary>
    /// <param name="document">The document.</param>
    /// <param name="words">Words.</param>
    /// <param name="mistyped">Whether words with typos count too.</param>
    public int Of(int document, int words, bool mistyped)
    {
        Span<int> nearest = stackalloc int[InstantRequest.WordsMax];
        nearest[..(words - 1)].Fill(InstantRanking.ProximityMax);
        Span<int> last = stackalloc int[InstantRequest.WordsMax];
        foreach (var (field, marks) in _fields)
        {
            var count = field.Order.Read(document, ref _terms);
            if (count == 0) continue;
            field.Steps.Read(document, ref _steps);
            last[..words].Fill(Nowhere);
            var position = -1;
            for (var i = 0; i < count; i++)
            {
                position += _steps[i];
                var mark = marks[_terms[i]];
                if (mark != 0) Pass(mistyped ? mark >> AnyShift : mark & 0xFFFF, position, words, nearest, last);
            }
        }

        var sum = 0;
        foreach (var distance in nearest[..(words - 1)]) sum += distance;
        return sum;
    }

    /// <summary>Clears the bits that were set.</summary>
    public void Dispose()
    {
        foreach (var (marks, low, high) in _set) marks.AsSpan(low..high).Clear();
        var kept = _kept ??= [];
        foreach (var (_, marks) in _fields)
            if (marks.Length <= TermsKept && kept.Count < TablesKept) kept.Add(marks);
    }

    private static void Pass(uint mark, int position, int words, Span<int> nearest, Span<int> last)
    {
        for (var word = 0; word < words; word++)
        {
            if ((mark >> word & 1) == 0) continue;
            if (word > 0) nearest[word - 1] = Math.Min(nearest[word - 1], Distance(position - last[word - 1]));
            if (word + 1 < words) nearest[word] = Math.Min(nearest[word], Distance(position - last[word + 1]) + 1);
        }

        for (var word = 0; word < words; word++)
            if ((mark >> word & 1) != 0) last[word] = position;
    }

    /// <summary>Words at one place are not near each other: they are one.</summary>
    private static int Distance(int steps) => steps == 0 ? InstantRanking.ProximityMax : steps;

    private static uint[] Take(int terms)
    {
        var at = _kept?.FindIndex(marks => marks.Length >= terms) ?? -1;
        if (at < 0) return new uint[terms];
        var found = _kept![at];
        _kept.RemoveAt(at);
        return found;
    }

    private void Mark(uint[] marks, TermMatch? match, uint bits)
    {
        if (match is null) return;
        foreach (var (low, high) in match.Terms)
        {
            for (var term = low; term < high; term++) marks[term] |= bits;
            _set.Add((marks, low, high));
        }
    }
}
