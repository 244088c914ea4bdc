using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// A text that a char filter makes of another, and where each piece of it was there. Pieces were copied, or stand for
/// something else. It stops growing at a bound: what is left over is copied as it is. One text.
/// </summary>
internal sealed class TextMap
{
    /// <summary>How many times its length a text may grow to.</summary>
    public const int GrowthMax = 4;

    /// <summary>Characters that any text may grow by.</summary>
    public const int GrowthFree = 1_024;

    private readonly List<Piece> _pieces = [];
    private readonly int _before;
    private readonly int _charsMax;
    private char[] _text;
    private int _length;

    /// <summary>A map of a text of so many characters, still empty.</summary>
    /// <param name="length">Of the text.</param>
    /// <param name="first">Of the text before any filter, by which growth is bounded: filters do not multiply.</param>
    public TextMap(int length, int first)
    {
        _before = length;
        _charsMax = (int)Math.Min(Array.MaxLength, ((long)first * GrowthMax) + GrowthFree);
        _text = new char[Math.Max(16, length)];
    }

    /// <summary>Characters that the new text may have.</summary>
    public int CharsMax => _charsMax;

    /// <summary>What was made so far.</summary>
    public ReadOnlySpan<char> Text => _text.AsSpan(0, _length);

    /// <summary>Takes over a piece as it is.</summary>
    public void Copy(ReadOnlySpan<char> text, int from, int to)
    {
        if (from == to) return;
        _pieces.Add(new Piece(_length, from, to, IsCopy: true));
        Append(text[from..to]);
    }

    /// <summary>Puts something in the place of a piece; false, and nothing done, where the text would grow too long.
    /// </summary>
    public bool Replace(int from, int to, ReadOnlySpan<char> by)
    {
        if (_length + (long)by.Length + (_before - to) > _charsMax) return false;
        if (by.IsEmpty) return true;
        _pieces.Add(new Piece(_length, from, to, IsCopy: false));
        Append(by);
        return true;
    }

    /// <summary>
    /// Where a part of the new text was in the old one: what stands for a piece is all of that piece.
    /// </summary>
    public (int Start, int End) Before(int start, int end)
    {
        if (_pieces.Count == 0) return (start, end);
        var first = At(start);
        var from = first.IsCopy ? first.From + (start - first.At) : first.From;
        var last = At(Math.Max(start, end - 1));
        var to = last.IsCopy ? last.From + (end - last.At) : last.To;
        return (from, Math.Max(from, to));
    }

    private Piece At(int place)
    {
        var pieces = CollectionsMarshal.AsSpan(_pieces);
        int low = 0, high = pieces.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) >> 1;
            if (pieces[middle].At <= place) low = middle;
            else high = middle - 1;
        }

        return pieces[low];
    }

    private void Append(ReadOnlySpan<char> text)
    {
        if (_text.Length - _length < text.Length)
            Array.Resize(ref _text, (int)Math.Min(Array.MaxLength, Math.Max(_text.Length * 2L, _length + text.Length)));
        text.CopyTo(_text.AsSpan(_length));
        _length += text.Length;
    }

    /// <param name="At">Where it begins in the new text.</param>
    /// <param name="From">Where it began in the old one.</param>
    /// <param name="To">Where it ended there.</param>
    /// <param name="IsCopy">Whether it has the same characters.</param>
    private readonly record struct Piece(int At, int From, int To, bool IsCopy);
}
