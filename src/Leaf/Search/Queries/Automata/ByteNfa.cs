using System.Runtime.InteropServices;
using System.Text;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// A nondeterministic automaton over the bytes of UTF-8, as Thompson's construction makes it (K. Thompson, Regular
/// Expression Search Algorithm, 1968): a pattern puts it together, a <see cref="TermAutomaton"/> runs it. Every state
/// leads to the accepting one, so that a set of states is dead only when it is empty. One thread.
/// </summary>
internal sealed class ByteNfa
{
    /// <summary>States of the largest one.</summary>
    public const int StatesMax = 10_000;

    private readonly List<List<Edge>> _edges = [];
    private readonly List<List<int>> _free = [];

    /// <summary>The entry to "any character and then the target", by target.</summary>
    private readonly Dictionary<int, int[]> _tails = [];

    /// <summary>States so far.</summary>
    public int Count => _edges.Count;

    /// <summary>
    /// Whether it has outgrown <see cref="StatesMax"/>; then nothing is added any more and it is of no use.
    /// </summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>The state that accepts.</summary>
    public int Accept { get; private set; }

    /// <summary>Makes a state.</summary>
    public int State()
    {
        if (_edges.Count >= StatesMax)
        {
            IsTooLarge = true;
            return 0;
        }

        _edges.Add([]);
        _free.Add([]);
        return _edges.Count - 1;
    }

    /// <summary>Says where it accepts.</summary>
    public void AcceptAt(int state) => Accept = state;

    /// <summary>A step without a byte.</summary>
    public void Free(int from, int to)
    {
        if (!IsTooLarge) _free[from].Add(to);
    }

    /// <summary>A step on any of the bytes between two, both included.</summary>
    public void Bytes(int from, byte low, byte high, int to)
    {
        if (!IsTooLarge) _edges[from].Add(new Edge(low, high, to));
    }

    /// <summary>A step on one character.</summary>
    public void Character(int from, Rune character, int to)
    {
        Span<byte> utf8 = stackalloc byte[4];
        var length = character.EncodeToUtf8(utf8);
        for (var i = 0; i < length; i++)
        {
            var next = i == length - 1 ? to : State();
            Bytes(from, utf8[i], utf8[i], next);
            from = next;
        }
    }

    /// <summary>A step on any one character. Terms are valid UTF-8, so lead bytes tell all.</summary>
    public void AnyCharacter(int from, int to)
    {
        if (!_tails.TryGetValue(to, out var tails))
        {
            tails = [State(), State(), State()];
            _tails.Add(to, tails);
            Bytes(tails[0], 0x80, 0xBF, to);
            Bytes(tails[1], 0x80, 0xBF, tails[0]);
            Bytes(tails[2], 0x80, 0xBF, tails[1]);
        }

        Bytes(from, 0x00, 0x7F, to);
        Bytes(from, 0xC2, 0xDF, tails[0]);
        Bytes(from, 0xE0, 0xEF, tails[1]);
        Bytes(from, 0xF0, 0xF4, tails[2]);
    }

    /// <summary>A step on any of the code points between two, both included.</summary>
    public void Characters(int from, int low, int high, int to)
    {
        ReadOnlySpan<(int Low, int High)> lengths =
            [(0, 0x7F), (0x80, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x1_0000, 0x10_FFFF)];
        foreach (var (first, last) in lengths)
        {
            if (low > last || high < first) continue;
            Sequences(from, Math.Max(low, first), Math.Min(high, last), to);
        }
    }

    /// <summary>Steps on bytes out of a state.</summary>
    public ReadOnlySpan<Edge> Edges(int state) => CollectionsMarshal.AsSpan(_edges[state]);

    /// <summary>Steps without one.</summary>
    public ReadOnlySpan<int> FreeSteps(int state) => CollectionsMarshal.AsSpan(_free[state]);

    /// <summary>
    /// Cuts a range of code points of one encoded length into ranges that are a product of byte ranges, and adds them.
    /// </summary>
    private void Sequences(int from, int low, int high, int to)
    {
        Span<byte> lows = stackalloc byte[4];
        var length = new Rune(low).EncodeToUtf8(lows);
        for (var i = 1; i < length; i++)
        {
            var mask = (1 << (6 * i)) - 1;
            if ((low & ~mask) == (high & ~mask)) continue;
            if ((low & mask) != 0)
            {
                Sequences(from, low, low | mask, to);
                Sequences(from, (low | mask) + 1, high, to);
                return;
            }

            if ((high & mask) != mask)
            {
                Sequences(from, low, (high & ~mask) - 1, to);
                Sequences(from, high & ~mask, high, to);
                return;
            }
        }

        Span<byte> highs = stackalloc byte[4];
        new Rune(high).EncodeToUtf8(highs);
        for (var i = 0; i < length; i++)
        {
            var next = i == length - 1 ? to : State();
            Bytes(from, lows[i], highs[i], next);
            from = next;
        }
    }

    /// <summary>A step on a range of bytes, both ends included.</summary>
    internal readonly record struct Edge(byte Low, byte High, int To);
}
