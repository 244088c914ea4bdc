using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Decides which terms a pattern matches, byte by byte, without ever going back. One search; one thread.
/// </summary>
/// <remarks>
/// <para>The subset construction over a <see cref="ByteNfa"/>: a state is a set of its states, made when it is first
/// reached. Bytes that no step tells apart share a class, so that a row has as many cells as the pattern has kinds of
/// bytes. A dictionary is walked state by state along its terms' bytes; where a byte leads nowhere, <see
/// cref="NextLive"/> says which next one does, and the walk leaps there.</para>
/// <para>Determinisation can explode (<c>*a????????????????</c> has 2^16 states), so a pattern is completed before it
/// is used, within <see cref="StatesMax"/> states and <see cref="StepsMax"/> steps, or refused: on every shard the
/// same, whatever terms it has. What is bounded by how it is made (fuzzy) is completed as it is walked.</para>
/// </remarks>
internal sealed class TermAutomaton
{
    /// <summary>Leads nowhere.</summary>
    public const int Dead = -1;

    /// <summary>States of the largest completed one.</summary>
    public const int StatesMax = 10_000;

    /// <summary>Steps of the undetermined automaton that completing may look at: some 30 ms.</summary>
    public const int StepsMax = 4_000_000;

    private const int Unknown = -2;

    private readonly ByteNfa _nfa;
    private readonly byte[] _classes = new byte[256];
    private readonly byte[] _classFirsts;
    private readonly List<int[]> _rows = [];
    private readonly List<int[]> _sets = [];
    private readonly List<bool> _accepts = [];
    private readonly Dictionary<int[], int> _numbers = new(SetComparer.Instance);
    private readonly int[] _marks;
    private readonly List<int> _reached = [];
    private readonly Stack<int> _pending = new();
    private int _mark;
    private long _steps;

    /// <summary>An automaton that starts in state 0 of another.</summary>
    public TermAutomaton(ByteNfa nfa)
    {
        _nfa = nfa;
        _marks = new int[nfa.Count];
        var firsts = new bool[257];
        firsts[0] = true;
        for (var s = 0; s < nfa.Count; s++)
        {
            foreach (var edge in nfa.Edges(s))
            {
                firsts[edge.Low] = true;
                firsts[edge.High + 1] = true;
            }
        }

        var list = new List<byte>();
        for (var b = 0; b < 256; b++)
        {
            if (firsts[b]) list.Add((byte)b);
            _classes[b] = (byte)(list.Count - 1);
        }

        _classFirsts = [.. list];
        _mark++;
        Reach(0);
        Number();
    }

    /// <summary>The state before the first byte.</summary>
    public const int Start = 0;

    /// <summary>Steps that making its states took so far.</summary>
    public long Steps => _steps;

    /// <summary>States made so far.</summary>
    public int Count => _rows.Count;

    /// <summary>The state behind a byte, or <see cref="Dead"/>.</summary>
    public int Step(int state, byte value)
    {
        var type = _classes[value];
        var next = _rows[state][type];
        return next == Unknown ? Make(state, type) : next;
    }

    /// <summary>Whether a term that ends here matches.</summary>
    public bool Accepts(int state) => _accepts[state];

    /// <summary>The lowest byte from one on that leads somewhere, or 256.</summary>
    public int NextLive(int state, int from)
    {
        if (from > byte.MaxValue) return 256;
        if (Step(state, (byte)from) != Dead) return from;
        for (var type = _classes[from] + 1; type < _classFirsts.Length; type++)
            if (Step(state, _classFirsts[type]) != Dead) return _classFirsts[type];
        return 256;
    }

    /// <summary>Whether a term matches.</summary>
    public bool Matches(ReadOnlySpan<byte> term)
    {
        var state = Start;
        foreach (var value in term)
        {
            state = Step(state, value);
            if (state == Dead) return false;
        }

        return Accepts(state);
    }

    /// <summary>Makes all states there are, within the limits.</summary>
    /// <returns>Null, or which limit it went over.</returns>
    public string? Complete()
    {
        for (var state = 0; state < _rows.Count; state++)
        {
            for (var type = 0; type < _classFirsts.Length; type++)
            {
                Step(state, _classFirsts[type]);
                if (_rows.Count > StatesMax)
                    return $"needs more than {StatesMax} states; that is the limit, make it simpler";
                if (_steps > StepsMax)
                    return $"needs more than {StepsMax} steps to prepare; that is the limit, make it simpler";
            }
        }

        return null;
    }

    private int Make(int state, byte type)
    {
        var value = _classFirsts[type];
        _mark++;
        _reached.Clear();
        foreach (var s in _sets[state])
        {
            _steps++;
            foreach (var edge in _nfa.Edges(s))
            {
                if (value >= edge.Low && value <= edge.High) Reach(edge.To);
                _steps++;
            }
        }

        var next = _reached.Count == 0 ? Dead : Number();
        _rows[state][type] = next;
        return next;
    }

    /// <summary>Adds a state and all that free steps lead to; only those that bytes leave, or that accept, matter.
    /// </summary>
    private void Reach(int first)
    {
        _pending.Push(first);
        while (_pending.TryPop(out var state))
        {
            if (_marks[state] == _mark) continue;
            _marks[state] = _mark;
            _steps++;
            if (state == _nfa.Accept || _nfa.Edges(state).Length > 0) _reached.Add(state);
            foreach (var next in _nfa.FreeSteps(state)) _pending.Push(next);
        }
    }

    /// <summary>The number of the set that was reached, new or known.</summary>
    private int Number()
    {
        CollectionsMarshal.AsSpan(_reached).Sort();
        if (_numbers.GetAlternateLookup<ReadOnlySpan<int>>()
            .TryGetValue(CollectionsMarshal.AsSpan(_reached), out var number)) return number;
        var set = _reached.ToArray();
        number = _rows.Count;
        _numbers.Add(set, number);
        _sets.Add(set);
        _accepts.Add(Array.BinarySearch(set, _nfa.Accept) >= 0);
        var row = new int[_classFirsts.Length];
        Array.Fill(row, Unknown);
        _rows.Add(row);
        return number;
    }

    private sealed class SetComparer : IEqualityComparer<int[]>, IAlternateEqualityComparer<ReadOnlySpan<int>, int[]>
    {
        public static readonly SetComparer Instance = new();

        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<int> alternate, int[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<int> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(MemoryMarshal.AsBytes(alternate));
            return hash.ToHashCode();
        }

        public int[] Create(ReadOnlySpan<int> alternate) => alternate.ToArray();
    }
}
