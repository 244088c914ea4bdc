using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// The terms of a dictionary that an automaton accepts, in order: a walk that reads the blocks where there may be some
/// and leaps over the others. One search; one thread; the segment is held meanwhile.
/// </summary>
/// <remarks>
/// Terms are read as they are stored: as many bytes from the term before, and bytes of their own. The automaton's state
/// is kept for every byte of the present term, so that a term goes on from what it shares. Where it dies at a byte, all
/// terms that share that byte too are passed over unread; at the block's end the lowest bytes that live and are above
/// the dead ones say in which block the walk goes on.
/// </remarks>
internal sealed unsafe class TermWalk
{
    /// <summary>Bytes of the lowest text sought; more of them rarely tell blocks apart.</summary>
    private const int SoughtBytesMax = 32;

    private readonly TermDictionary _dictionary;
    private readonly TermAutomaton _automaton;
    private readonly SearchBudget _budget;
    private readonly byte[] _sought = new byte[SoughtBytesMax];
    private byte[] _term = new byte[64];
    private int[] _states = new int[65];
    private int _length;
    private byte* _at;
    private long _nextOffset;
    private int _ordinal;
    private int _blockEnd;

    /// <summary>Bytes of the present term that the automaton lives behind.</summary>
    private int _live;
    private bool _isDead;
    private bool _isOver;

    /// <param name="dictionary">The terms.</param>
    /// <param name="automaton">Which of them.</param>
    /// <param name="budget">Each block is paid from it; when it has run out the walk is over.</param>
    public TermWalk(TermDictionary dictionary, TermAutomaton automaton, SearchBudget budget)
    {
        _dictionary = dictionary;
        _automaton = automaton;
        _budget = budget;
        _states[0] = TermAutomaton.Start;
        _isOver = dictionary.Count == 0 || !TrySeekLowest([], 0);
    }

    /// <summary>The term it stands on; valid until it moves.</summary>
    public ReadOnlySpan<byte> Term => _term.AsSpan(0, _length);

    /// <summary>Its entry.</summary>
    public TermEntry Entry { get; private set; }

    /// <summary>Goes to the next term that is accepted; false when there is none, or the budget is spent.</summary>
    public bool MoveNext()
    {
        while (!_isOver)
        {
            if (_ordinal == _blockEnd && !EnterNextBlock()) return false;
            if (ReadTerm()) return true;
        }

        return false;
    }

    /// <summary>Reads one term.</summary>
    /// <returns>Whether it is accepted.</returns>
    private bool ReadTerm()
    {
        TermDictionary.ReadLengths(ref _at, out var shared, out var own);
        var bytes = new ReadOnlySpan<byte>(_at, own);
        _at += own;
        var documents = (int)Varint.Read(ref _at);
        Entry = new TermEntry(documents, _nextOffset, _ordinal++);
        _nextOffset += Varint.Read(ref _at);

        // It has the byte that the automaton died of.
        if (_isDead && shared > _live) return false;
        _length = shared + own;
        if (_term.Length < _length)
        {
            Array.Resize(ref _term, Math.Max(_length, _term.Length * 2));
            Array.Resize(ref _states, _term.Length + 1);
        }

        bytes.CopyTo(_term.AsSpan(shared));
        for (_live = shared; _live < _length; _live++)
        {
            var next = _automaton.Step(_states[_live], _term[_live]);
            if (next == TermAutomaton.Dead)
            {
                _isDead = true;
                return false;
            }

            _states[_live + 1] = next;
        }

        _isDead = false;
        return _automaton.Accepts(_states[_length]);
    }

    private bool EnterNextBlock()
    {
        if (_ordinal == _dictionary.Count || !_budget.Spend())
        {
            _isOver = true;
            return false;
        }

        if (!_isDead)
        {
            Enter(_ordinal / TermDictionary.BlockTerms);
            return true;
        }

        // The next text that may be accepted: up from the dead byte, or from one before it.
        for (; _live >= 0; _live--)
        {
            var value = _automaton.NextLive(_states[_live], _term[_live] + 1);
            if (value > byte.MaxValue) continue;
            _term[_live] = (byte)value;
            _isOver = !TrySeekLowest(_term.AsSpan(0, _live + 1), _live);
            return !_isOver;
        }

        _isOver = true;
        return false;
    }

    /// <summary>
    /// Enters the block, behind those read, where the lowest accepted text that begins so would be.
    /// </summary>
    /// <param name="beginning">Bytes, of which the last has a step.</param>
    /// <param name="live">Bytes whose states are known.</param>
    private bool TrySeekLowest(ReadOnlySpan<byte> beginning, int live)
    {
        if (beginning.Length < SoughtBytesMax)
        {
            var sought = _sought;
            beginning.CopyTo(sought);
            var length = beginning.Length;
            var state = _states[live];
            if (length > live) state = _automaton.Step(state, beginning[live]);
            while (length < SoughtBytesMax && !_automaton.Accepts(state))
            {
                var value = _automaton.NextLive(state, 0);
                if (value > byte.MaxValue) break;
                sought[length++] = (byte)value;
                state = _automaton.Step(state, (byte)value);
            }

            beginning = sought.AsSpan(0, length);
        }

        var block = Math.Max(_dictionary.BlockOf(beginning), _ordinal / TermDictionary.BlockTerms);
        if (block >= _dictionary.BlockCount) return false;
        Enter(block);
        return true;
    }

    private void Enter(int block)
    {
        _at = _dictionary.BlockStart(block);
        _nextOffset = *(long*)_at;
        _at += sizeof(long);
        _ordinal = block * TermDictionary.BlockTerms;
        _blockEnd = Math.Min(_dictionary.Count, _ordinal + TermDictionary.BlockTerms);
        _isDead = false;
    }
}
