using System.Collections;
using System.Globalization;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>The values of an array of JSON, and how it is written.</summary>
internal sealed class JsonCells(string text, Cell[] values) : IReadOnlyList<Cell>
{
    /// <summary>Its JSON.</summary>
    public string Text => text;

    /// <inheritdoc/>
    public int Count => values.Length;

    /// <inheritdoc/>
    public Cell this[int index] => values[index];

    /// <inheritdoc/>
    public IEnumerator<Cell> GetEnumerator() => ((IEnumerable<Cell>)values).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => values.GetEnumerator();
}

/// <summary>One value of a row: a number, a text, a list of them, or none. Immutable.</summary>
internal readonly struct Cell : IEquatable<Cell>, IComparable<Cell>
{
    private readonly object? _content;
    private readonly double _number;

    private Cell(object? content, double number)
    {
        _content = content;
        _number = number;
    }

    /// <summary>Bytes of a text of no characters, and of a cell in a list.</summary>
    private const int TextBytes = 32;

    /// <summary>Stands in <see cref="_content"/> for a number.</summary>
    private static readonly object NumberMark = new();

    /// <summary>No value.</summary>
    public static Cell None => default;

    /// <summary>Whether there is no value.</summary>
    public bool IsNone => _content is null;

    /// <summary>Whether it is a number by itself, not a text of one.</summary>
    public bool IsNumber => _content == NumberMark;

    /// <summary>Its values, of a list; else null.</summary>
    public IReadOnlyList<Cell>? List => _content as IReadOnlyList<Cell>;

    /// <summary>Whether it is an array of JSON, which is shown as its text.</summary>
    public bool IsJson => _content is JsonCells;

    /// <summary>Bytes that it holds besides itself, about.</summary>
    public long Bytes => _content switch
    {
        string text => TextBytes + (2L * text.Length),
        JsonCells json => TextBytes + (2L * json.Text.Length) + BytesOf(json),
        IReadOnlyList<Cell> list => BytesOf(list),
        _ => 0,
    };

    /// <summary>Whether it counts as true: a number other than 0, a text with characters, a list with values.</summary>
    public bool IsTrue => IsNumber ? _number != 0 && !double.IsNaN(_number)
        : _content is string text ? text.Length > 0
        : List?.Count > 0;

    /// <summary>A number.</summary>
    public static Cell Of(double number) => new(NumberMark, number);

    /// <summary>A text.</summary>
    public static Cell Of(string text) => new(text, 0);

    /// <summary>A list.</summary>
    public static Cell Of(IReadOnlyList<Cell> list) => new(list, 0);

    /// <summary>1 or 0.</summary>
    public static Cell Of(bool value) => Of(value ? 1.0 : 0.0);

    /// <summary>The number that it is or spells.</summary>
    public bool TryNumber(out double number)
    {
        number = _number;
        if (IsNumber) return true;
        return _content is string text && DialectCursor.TryNumber(text, out number);
    }

    /// <summary>The number that it is or spells; not a number where it is none.</summary>
    public double AsNumber() => TryNumber(out var number) ? number : double.NaN;

    /// <summary>As RediSearch writes it.</summary>
    public string AsText() => IsNumber ? Text(_number)
        : _content is string text ? text
        : _content is JsonCells json ? json.Text
        : List is { } list ? string.Join(",", list.Select(one => one.AsText()))
        : "";

    /// <summary>A number with 12 digits, as RediSearch writes it.</summary>
    public static string Text(double number)
    {
        if (double.IsNaN(number)) return "nan";
        if (double.IsInfinity(number)) return number > 0 ? "inf" : "-inf";
        if (number == Math.Floor(number) && Math.Abs(number) < 1e15)
            return ((long)number).ToString(CultureInfo.InvariantCulture);
        return number.ToString("G12", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public bool Equals(Cell other) => IsNumber == other.IsNumber
        && (IsNumber ? _number.Equals(other._number) : IsNone == other.IsNone && AsText() == other.AsText());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Cell other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        IsNumber ? _number.GetHashCode() : string.GetHashCode(AsText(), StringComparison.Ordinal);

    /// <summary>What is or spells a number by size, before texts by their characters; none comes last.</summary>
    public int CompareTo(Cell other)
    {
        if (IsNone || other.IsNone) return IsNone.CompareTo(other.IsNone);
        var (isMine, isIts) = (TryNumber(out var mine), other.TryNumber(out var its));
        if (isMine && isIts) return mine.CompareTo(its);
        if (isMine != isIts) return isMine ? -1 : 1;
        return string.CompareOrdinal(AsText(), other.AsText());
    }

    /// <summary>As <see cref="CompareTo"/>, and never equal where <see cref="Equals(Cell)"/> is not.</summary>
    public int CompareExactly(Cell other)
    {
        var order = CompareTo(other);
        if (order == 0) order = IsNumber.CompareTo(other.IsNumber);
        return order != 0 || IsNumber ? order : string.CompareOrdinal(AsText(), other.AsText());
    }

    private static long BytesOf(IReadOnlyList<Cell> list)
    {
        long bytes = TextBytes;
        for (var i = 0; i < list.Count; i++) bytes += TextBytes + list[i].Bytes;
        return bytes;
    }
}
