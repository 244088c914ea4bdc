using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Builds a <see cref="TermDictionary"/> from terms in rising order.</summary>
internal sealed class TermDictionaryWriter
{
    private readonly ByteSink _terms = new();
    private readonly ByteSink _last = new();
    private readonly ByteSink _first = new();
    private readonly List<uint> _blocks = [];
    private readonly List<(int At, int Length)> _firstTerms = [];
    private readonly List<ulong> _keys = [];
    private ulong _offset;

    /// <summary>Terms so far.</summary>
    public int Count { get; private set; }

    public void Clear()
    {
        _terms.Clear();
        _blocks.Clear();
        _firstTerms.Clear();
        _offset = 0;
        Count = 0;
    }

    /// <summary>Starts over, with little memory if it had grown beyond so many bytes.</summary>
    public void Trim(int bytesKept)
    {
        Clear();
        _terms.Trim(bytesKept);
        _keys.Clear();
        if (_keys.Capacity <= bytesKept / sizeof(ulong)) return;
        _keys.Capacity = 0;
        _blocks.Capacity = 0;
        _firstTerms.Capacity = 0;
    }

    /// <summary>Adds a term whose postings follow those of the one before.</summary>
    public void Add(ReadOnlySpan<byte> term, int documents, long postingsBytes)
    {
        var shared = 0;
        if (Count % TermDictionary.BlockTerms == 0)
        {
            _blocks.Add((uint)_terms.Length);
            _terms.PutU64(_offset);
        }
        else
        {
            shared = _last.Written.CommonPrefixLength(term);
        }

        if (Count == 0) Copy(_first, term);
        PutLengths(shared, term.Length - shared);
        if (Count % TermDictionary.BlockTerms == 0) _firstTerms.Add((_terms.Length, term.Length));
        _terms.Put(term[shared..]);
        _terms.PutVarint((uint)documents);
        _terms.PutVarint(checked((uint)postingsBytes));
        Copy(_last, term);
        _offset += (ulong)postingsBytes;
        Count++;
    }

    /// <summary>Writes the section; see <see cref="TermDictionary"/>.</summary>
    /// <param name="output">Aligned to 8.</param>
    public void Write(IndexOutput output)
    {
        var shared = _first.Written.CommonPrefixLength(_last.Written);
        _keys.Clear();
        for (var block = 0; block < _blocks.Count; block++)
        {
            var (at, length) = _firstTerms[block];
            _keys.Add(TermDictionary.Key(_terms.Written.Slice(at + shared, length - shared)));
        }

        output.WriteU32((uint)Count);
        output.WriteU32((uint)shared);
        output.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_keys)));
        output.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_blocks)));
        output.Write(_terms.Written);
    }

    private void PutLengths(int shared, int own)
    {
        var both = Math.Min(shared, TermDictionary.LongLength) | (Math.Min(own, TermDictionary.LongLength) << 4);
        _terms.PutByte((byte)both);
        if (shared >= TermDictionary.LongLength) _terms.PutVarint((uint)(shared - TermDictionary.LongLength));
        if (own >= TermDictionary.LongLength) _terms.PutVarint((uint)(own - TermDictionary.LongLength));
    }

    private static void Copy(ByteSink sink, ReadOnlySpan<byte> term)
    {
        sink.Clear();
        sink.Put(term);
    }
}
