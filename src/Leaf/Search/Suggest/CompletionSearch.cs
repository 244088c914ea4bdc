using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Suggest;

/// <summary>
/// The best completions of a prefix in one snapshot: fewest edits first, then by weight, the text's key, the text, the
/// path. Each segment gives ranges of its sorted terms; a heap splits them at their heaviest entries until there are
/// enough. One request; one thread.
/// </summary>
internal sealed class CompletionSearch
{
    private readonly CollectionFields _fields;
    private readonly IndexSnapshot _snapshot;
    private readonly SearchBudget _budget;
    private readonly PriorityQueue<Piece, Piece> _pieces = new(new BestFirst());
    private readonly List<CompletionOption> _options = [];
    private readonly HashSet<byte[]> _seen = new(TermComparer.Instance);
    private CompletionQuery _query = null!;

    public CompletionSearch(CollectionFields fields, IndexSnapshot snapshot, SearchBudget budget)
    {
        _fields = fields;
        _snapshot = snapshot;
        _budget = budget;
    }

    /// <summary>Answers one query; null when something is wrong with it.</summary>
    public CompletionAnswer? Find(CompletionQuery query, out string? problem)
    {
        _query = query;
        _options.Clear();
        _seen.Clear();
        problem = Problem(query);
        if (problem is not null) return null;
        var nowMs = _budget.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var filter = DocumentFilter.Of(query.Filter, _fields, nowMs, out problem);
        if (problem is not null) return null;
        var number = _fields.Find(query.Field);
        if (number < 0) return new CompletionAnswer(query.Name, []);
        var key = CompletionKey.Of(_fields.Analyzer(number), query.Prefix, isPrefix: true);
        Rune[] word = [.. Encoding.UTF8.GetString(key).EnumerateRunes()];
        var sources = Sources(filter);
        var edits = Edits(query, word.Length);
        foreach (var source in sources) source.AddPrefix(key);
        for (var level = 0; ; level++)
        {
            _pieces.Clear();
            foreach (var source in sources)
                foreach (var (from, to) in source.Ranges[level]) Push(source, from, to);
            Take(level);
            if (_options.Count == query.Size || level >= edits || _budget.Status != StatusCode.Ok) break;
            if (level > 0) continue;
            var automaton = EditDistance.Automaton(word, edits, query.PrefixLength, isPrefix: true);
            foreach (var source in sources) source.AddNear(automaton, word, edits, query.PrefixLength, _budget);
        }

        return new CompletionAnswer(query.Name, [.. _options]);
    }

    private string? Problem(CompletionQuery query)
    {
        var number = _fields.Find(query.Field);
        if (number < 0 && !_fields.TakesUnknown || number >= 0 && _fields.Fields[number].Type != FieldType.Completion)
        {
            return $"field '{query.Field}' is no completion field; the collection's are " +
                _fields.Names(FieldType.Completion);
        }

        if (query.Prefix.Length > CompletionQuery.CharactersMax)
        {
            return $"the prefix has {query.Prefix.Length} characters; at most {CompletionQuery.CharactersMax} are " +
                "allowed";
        }

        if (query.Size is < 0 or > SuggestRequest.SizeMax)
            return $"a size of {query.Size} is not allowed; 0 to {SuggestRequest.SizeMax} are";
        return query.Edits is >= FuzzyQuery.AutoEdits and <= FuzzyQuery.EditsMax
            ? null
            : $"{query.Edits} edits are not allowed; 0 to {FuzzyQuery.EditsMax} are";
    }

    private static int Edits(CompletionQuery query, int characters) =>
        characters < query.LengthMin || characters > EditDistance.WordCharactersMax
            ? 0
            : EditDistance.Edits(query.Edits, characters);

    private List<Source> Sources(DocumentFilter filter)
    {
        var sources = new List<Source>();
        foreach (var view in _snapshot.Views)
        {
            if (view.Segment.Field(_query.Field, FieldType.Completion) is { Completions: not null } field)
                sources.Add(new Source(view, field, filter.Open(view, _budget)));
        }

        return sources;
    }

    private void Push(Source source, int from, int to)
    {
        if (from >= to) return;
        var piece = source.Best(from, to);
        _pieces.Enqueue(piece, piece);
    }

    private void Take(int edits)
    {
        while (_options.Count < _query.Size && _pieces.TryDequeue(out var piece, out _) && _budget.Spend())
        {
            var (source, entry) = (piece.Source, piece.Entry);
            var isTaken = source.Passes(piece.Document) && (!_query.SkipDuplicates || _seen.Add(piece.Term));
            var isOver = _query.SkipDuplicates && _seen.Contains(piece.Term);
            if (isTaken)
            {
                var (key, text) = CompletionKey.Split(piece.Term);
                _options.Add(new CompletionOption(
                    text, piece.Weight, edits, Encoding.UTF8.GetString(piece.Path), key));
            }

            // Of a text that was given, no other document is wanted.
            Push(source, piece.From, isOver ? Math.Max(piece.From, source.Table.First(piece.Ordinal)) : entry);
            Push(source, isOver ? Math.Min(piece.To, source.Table.First(piece.Ordinal + 1)) : entry + 1, piece.To);
        }
    }

    /// <summary>A range of entries of a segment, by its heaviest.</summary>
    private sealed record Piece(
        Source Source, int From, int To, int Entry, int Ordinal, int Document, int Weight, byte[] Term, byte[] Path);

    /// <summary>One segment's completions.</summary>
    private sealed class Source(SegmentView view, SegmentField field, ulong[]? passing)
    {
        private readonly TermCursor _cursor = field.Terms!.Cursor();
        private (int Low, int High) _exact;

        public CompletionTable Table { get; } = field.Completions!;

        /// <summary>Ranges of entries by edits.</summary>
        public List<(int From, int To)>[] Ranges { get; } = [[], [], []];

        public bool Passes(int document) => passing is null || BitWords.Has(passing, document);

        public void AddPrefix(byte[] key)
        {
            var terms = field.Terms!;
            _exact.Low = terms.LowerBound(key);
            _exact.High = Successor(key) is { } end ? terms.LowerBound(end) : terms.Count;
            Ranges[0].Add((Table.First(_exact.Low), Table.First(_exact.High)));
        }

        public void AddNear(TermAutomaton automaton, Rune[] word, int edits, int prefixLength, SearchBudget budget)
        {
            var walk = new TermWalk(field.Terms!, automaton, budget);
            while (walk.MoveNext())
            {
                var ordinal = walk.Entry.Ordinal;
                if (ordinal >= _exact.Low && ordinal < _exact.High) continue;
                var key = walk.Term[..walk.Term.IndexOf(CompletionKey.Separator)];
                var distance = EditDistance.Within(word, key, prefixLength, isPrefix: true);
                if (distance > edits) continue;
                var ranges = Ranges[distance];
                var (from, to) = (Table.First(ordinal), Table.First(ordinal + 1));
                if (ranges.Count > 0 && ranges[^1].To == from) ranges[^1] = (ranges[^1].From, to);
                else ranges.Add((from, to));
            }
        }

        public Piece Best(int from, int to)
        {
            var entry = Table.Heaviest(from, to);
            int low = 0, high = field.Terms!.Count;
            while (low + 1 < high)
            {
                var middle = (low + high) >> 1;
                if (Table.First(middle) <= entry) low = middle;
                else high = middle;
            }

            _cursor.SeekOrdinal(low);
            var document = Table.Document(entry);
            return new Piece(
                this, from, to, entry, low, document, Table.Weight(entry), _cursor.Term.ToArray(),
                view.Segment.Paths.Read(document));
        }

        private static byte[]? Successor(byte[] prefix)
        {
            var length = prefix.Length;
            while (length > 0 && prefix[length - 1] == byte.MaxValue) length--;
            if (length == 0) return null;
            var next = prefix[..length];
            next[^1]++;
            return next;
        }
    }

    private sealed class BestFirst : IComparer<Piece>
    {
        public int Compare(Piece? x, Piece? y)
        {
            if (x!.Weight != y!.Weight) return y.Weight.CompareTo(x.Weight);
            var byTerm = x.Term.AsSpan().SequenceCompareTo(y.Term);
            return byTerm != 0 ? byTerm : x.Path.AsSpan().SequenceCompareTo(y.Path);
        }
    }

    private sealed class TermComparer : IEqualityComparer<byte[]>
    {
        public static readonly TermComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj)
        {
            var hash = new HashCode();
            hash.AddBytes(obj);
            return hash.ToHashCode();
        }
    }
}
