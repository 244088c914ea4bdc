using Hedgerow.Leaf.Search.Analysis;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// One of the things that a stretch of a query text may mean: terms, and their places from its first.
/// </summary>
/// <param name="Terms">One at least.</param>
internal sealed record QueryWay(IReadOnlyList<(string Term, int Step)> Terms)
{
    /// <summary>Places it takes.</summary>
    public int Length => Terms[^1].Step + 1;
}

/// <summary>
/// A stretch of a query text that means one thing or another: a word; words in one place, such as grams; or what
/// synonyms make of one or several words.
/// </summary>
/// <param name="Gap">Places between it and the one before that have no word (stop words).</param>
/// <param name="Ways">What it may mean, each once.</param>
internal sealed record QuerySpot(int Gap, IReadOnlyList<QueryWay> Ways)
{
    /// <summary>The terms of the ways that are one term.</summary>
    public List<string> Words { get; } = [.. Ways.Where(way => way.Terms.Count == 1).Select(way => way.Terms[0].Term)];

    /// <summary>The ways that are several.</summary>
    public IEnumerable<QueryWay> Phrases => Ways.Where(way => way.Terms.Count > 1);

    /// <summary>Reads a text.</summary>
    public static List<QuerySpot> Read(IAnalyzer analyzer, string text)
    {
        var sink = new Sink();
        analyzer.Analyze(text, sink);
        return sink.Spots();
    }

    /// <summary>
    /// The phrases that spots may be read as, one for each choice of a way of each; null where there are more than are
    /// allowed.
    /// </summary>
    public static List<(string Term, int Offset)[]>? Phrasings(IReadOnlyList<QuerySpot> spots, int most)
    {
        var readings = new List<((string Term, int Offset)[] Terms, int End)> { ([], 0) };
        foreach (var spot in spots)
        {
            if ((long)readings.Count * spot.Ways.Count > most) return null;
            readings =
            [
                .. readings.SelectMany(_ => spot.Ways, (reading, way) =>
                {
                    var from = reading.End + spot.Gap;
                    var terms = way.Terms.Select(term => (term.Term, from + term.Step));
                    return (((string, int)[])[.. reading.Terms, .. terms], from + way.Length);
                }),
            ];
        }

        return readings.ConvertAll(reading => reading.Terms);
    }

    /// <summary>Collects terms, which come in the order of their places.</summary>
    private sealed class Sink : IGraphSink
    {
        private readonly List<QuerySpot> _spots = [];
        private readonly SortedDictionary<int, List<(string Term, int Step)>> _ways = [];
        private int _root = -1;
        private int _rootEnd;
        private int _lastEnd;

        public void Add(ReadOnlySpan<char> term, int position, int start, int end) =>
            Add(term, new TokenPlace(position, start, end));

        public void Add(ReadOnlySpan<char> term, in TokenPlace place)
        {
            if (place.Root != _root) Close();
            _root = place.Root;
            _rootEnd = Math.Max(_rootEnd, place.Position + place.Length);
            // Terms that stand in one place without being synonyms are each a way of their own.
            var way = place.Way > 0 ? place.Way : -1 - _ways.Count;
            if (!_ways.TryGetValue(way, out var terms)) _ways.Add(way, terms = []);
            terms.Add((term.ToString(), place.Step));
        }

        public List<QuerySpot> Spots()
        {
            Close();
            return _spots;
        }

        private void Close()
        {
            if (_ways.Count == 0) return;
            var ways = new List<QueryWay>();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var terms in _ways.Values.Reverse())
            {
                // Each term with its length before it, so that no two ways are written alike.
                var written = string.Concat(terms.Select(term => $"{term.Step} {term.Term.Length} {term.Term}"));
                if (seen.Add(written)) ways.Add(new QueryWay(terms));
            }

            _spots.Add(new QuerySpot(_spots.Count == 0 ? 0 : Math.Max(0, _root - _lastEnd), ways));
            _lastEnd = _rootEnd;
            _ways.Clear();
        }
    }
}
