using System.Runtime.CompilerServices;
using System.Text;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// What the live buffer knows of one field: its occurrences in the order they came, document by document. Nothing is
/// sorted until a segment is built, when one counting pass deals all occurrences out to their terms (see
/// <see cref="BufferedSegment"/>). One thread.
/// </summary>
internal sealed class FieldBuffer : ITermSink
{
    /// <summary>Between the values of an array, so that no phrase spans two of them; as in Lucene.</summary>
    private const int PositionGap = 100;

    private const int FirstItems = 1024;

    private readonly List<int> _firsts = [0];
    private int[] _terms = [];
    private int[] _positions = [];
    private long[] _values = [];
    private float[] _floats = [];
    private int _dims;
    private int _count;
    private byte[] _utf8 = new byte[1024];
    private int _positionOffset;
    private int _positionNext;

    public FieldBuffer(FieldType type) => Type = type;

    /// <summary>The field's type.</summary>
    public FieldType Type { get; }

    /// <summary>Distinct terms of a text or keyword field.</summary>
    public TermHash Hash { get; } = new();

    /// <summary>Memory held, estimated.</summary>
    public long Bytes => Hash.Bytes + (_count * 8L) + (_firsts.Count * 4L) + (_count * 4L * _dims);

    /// <summary>Term of each occurrence.</summary>
    public ReadOnlySpan<int> Terms => _terms.AsSpan(0, _terms.Length == 0 ? 0 : _count);

    /// <summary>Position of each occurrence; text only.</summary>
    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, _positions.Length == 0 ? 0 : _count);

    /// <summary>Numbers or dates.</summary>
    public ReadOnlySpan<long> Values => _values.AsSpan(0, _values.Length == 0 ? 0 : _count);

    /// <summary>First occurrence or value of each document, and one more.</summary>
    public ReadOnlySpan<int> Firsts => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_firsts);

    /// <summary>Adds a text of the document that is being added.</summary>
    public void AddText(ReadOnlySpan<char> text, IAnalyzer analyzer)
    {
        _positionOffset = _count > _firsts[^1] ? _positionNext + PositionGap : 0;
        analyzer.AnalyzeTerms(text, this);
    }

    /// <summary>Adds a keyword.</summary>
    public void AddKeyword(ReadOnlySpan<char> keyword)
    {
        var term = Hash.Add(Utf8(keyword));
        if (_count == _terms.Length) Array.Resize(ref _terms, Larger(_count));
        _terms[_count++] = term;
    }

    /// <summary>Adds a term with a value beside it: a completion and its weight.</summary>
    public void AddTerm(ReadOnlySpan<byte> term, long value)
    {
        if (_count == _terms.Length) Array.Resize(ref _terms, Larger(_count));
        _terms[_count] = Hash.Add(term);
        AddValue(value);
    }

    /// <summary>Adds a number's bits or a date.</summary>
    public void AddValue(long value)
    {
        if (_count == _values.Length) Array.Resize(ref _values, Larger(_count));
        _values[_count++] = value;
    }

    /// <summary>Adds a vector; all have the same length.</summary>
    public void AddVector(ReadOnlySpan<float> vector)
    {
        _dims = vector.Length;
        var at = _count * _dims;
        if (at + _dims > _floats.Length) Array.Resize(ref _floats, Larger(Math.Max(at, _dims)));
        vector.CopyTo(_floats.AsSpan(at));
        _count++;
    }

    /// <summary>A vector by its place among all.</summary>
    public ReadOnlySpan<float> Vector(int index) => _floats.AsSpan(index * _dims, _dims);

    /// <summary>The document that is being added has no more.</summary>
    public void EndDocument() => _firsts.Add(_count);

    /// <summary>Starts over, keeping the memory if it was mostly used.</summary>
    public void Clear()
    {
        Hash.Clear();
        if (_count < Math.Max(_terms.Length, Math.Max(_values.Length, _floats.Length / Math.Max(1, _dims))) / 16)
        {
            _floats = [];
            _terms = [];
            _positions = [];
            _values = [];
        }

        _count = 0;
        _firsts.Clear();
        _firsts.Add(0);
    }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<byte> term, int position)
    {
        if (term.Length > TermDictionary.TermBytesMax) return;
        var number = Hash.Add(term);
        var count = _count;
        if (count >= _positions.Length) GrowText();
        _terms[count] = number;
        _positions[count] = _positionOffset + position;
        _count = count + 1;
        _positionNext = _positionOffset + position;
    }

    void ITokenSink.Add(ReadOnlySpan<char> term, int position, int start, int end) => Add(Utf8(term), position);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GrowText()
    {
        var length = Larger(_count);
        Array.Resize(ref _terms, length);
        Array.Resize(ref _positions, length);
    }

    private static int Larger(int count) => Math.Max(FirstItems, (int)Math.Min(Array.MaxLength, count * 2L));

    private ReadOnlySpan<byte> Utf8(ReadOnlySpan<char> text)
    {
        var bound = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_utf8.Length < bound) _utf8 = new byte[bound];
        return _utf8.AsSpan(0, Encoding.UTF8.GetBytes(text, _utf8));
    }
}
