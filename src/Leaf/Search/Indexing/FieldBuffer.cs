using System.Runtime.InteropServices;
using System.Text;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// What the live buffer knows of one field: its occurrences in the order they came, document by document. Nothing is
/// sorted until a segment is built, when one counting pass deals all occurrences out to their terms (see
/// <see cref="BufferedSegment"/>). One thread.
/// </summary>
internal sealed class FieldBuffer : ITokenSink
{
    /// <summary>Between the values of an array, so that no phrase spans two of them; as in Lucene.</summary>
    private const int PositionGap = 100;

    private readonly List<int> _terms = [];
    private readonly List<int> _positions = [];
    private readonly List<long> _values = [];
    private readonly List<int> _firsts = [0];
    private byte[] _utf8 = new byte[1024];
    private int _positionOffset;
    private int _positionNext;

    public FieldBuffer(FieldType type) => Type = type;

    /// <summary>The field's type.</summary>
    public FieldType Type { get; }

    /// <summary>Distinct terms of a text or keyword field.</summary>
    public TermHash Hash { get; } = new();

    /// <summary>Memory held, estimated.</summary>
    public long Bytes => Hash.Bytes + (_terms.Count * 8L) + (_values.Count * 8L) + (_firsts.Count * 4L);

    /// <summary>Term of each occurrence.</summary>
    public ReadOnlySpan<int> Terms => CollectionsMarshal.AsSpan(_terms);

    /// <summary>Position of each occurrence; text only.</summary>
    public ReadOnlySpan<int> Positions => CollectionsMarshal.AsSpan(_positions);

    /// <summary>Numbers or dates.</summary>
    public ReadOnlySpan<long> Values => CollectionsMarshal.AsSpan(_values);

    /// <summary>First occurrence or value of each document, and one more.</summary>
    public ReadOnlySpan<int> Firsts => CollectionsMarshal.AsSpan(_firsts);

    /// <summary>Adds a text of the document that is being added.</summary>
    public void AddText(ReadOnlySpan<char> text, IAnalyzer analyzer)
    {
        _positionOffset = _terms.Count > _firsts[^1] ? _positionNext + PositionGap : 0;
        analyzer.Analyze(text, this);
    }

    /// <summary>Adds a keyword.</summary>
    public void AddKeyword(ReadOnlySpan<char> keyword) => _terms.Add(Hash.Add(Utf8(keyword)));

    /// <summary>Adds a number's bits or a date.</summary>
    public void AddValue(long value) => _values.Add(value);

    /// <summary>The document that is being added has no more.</summary>
    public void EndDocument() => _firsts.Add(_terms.Count + _values.Count);

    /// <summary>Starts over.</summary>
    public void Clear()
    {
        Hash.Clear();
        _terms.Clear();
        _positions.Clear();
        _values.Clear();
        _firsts.Clear();
        _firsts.Add(0);
    }

    void ITokenSink.Add(ReadOnlySpan<char> term, int position, int start, int end)
    {
        var utf8 = Utf8(term);
        if (utf8.Length > TermDictionary.TermBytesMax) return;
        _terms.Add(Hash.Add(utf8));
        _positions.Add(_positionOffset + position);
        _positionNext = _positionOffset + position;
    }

    private ReadOnlySpan<byte> Utf8(ReadOnlySpan<char> text)
    {
        var bound = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_utf8.Length < bound) _utf8 = new byte[bound];
        return _utf8.AsSpan(0, Encoding.UTF8.GetBytes(text, _utf8));
    }
}
