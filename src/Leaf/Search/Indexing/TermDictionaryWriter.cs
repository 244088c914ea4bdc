namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Builds a <see cref="TermDictionary"/> from terms in rising order.</summary>
internal sealed class TermDictionaryWriter
{
    private readonly ByteSink _terms = new();
    private readonly ByteSink _blocks = new();
    private readonly ByteSink _last = new();
    private ulong _offset;

    /// <summary>Terms so far.</summary>
    public int Count { get; private set; }

    /// <summary>The blocks of terms.</summary>
    public ReadOnlySpan<byte> Terms => _terms.Written;

    /// <summary>Where each begins.</summary>
    public ReadOnlySpan<byte> Blocks => _blocks.Written;

    public void Clear()
    {
        _terms.Clear();
        _blocks.Clear();
        _offset = 0;
        Count = 0;
    }

    /// <summary>Adds a term whose postings follow those of the one before.</summary>
    public void Add(ReadOnlySpan<byte> term, int documents, long postingsBytes)
    {
        var shared = 0;
        if (Count % TermDictionary.BlockTerms == 0)
        {
            _blocks.PutU32((uint)_terms.Length);
            _terms.PutU64(_offset);
        }
        else
        {
            shared = _last.Written.CommonPrefixLength(term);
        }

        _terms.PutVarint((uint)shared);
        _terms.PutVarint((uint)(term.Length - shared));
        _terms.Put(term[shared..]);
        _terms.PutVarint((uint)documents);
        _terms.PutVarint(checked((uint)postingsBytes));
        _last.Clear();
        _last.Put(term);
        _offset += (ulong)postingsBytes;
        Count++;
    }
}
