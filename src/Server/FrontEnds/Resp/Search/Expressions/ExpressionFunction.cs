using System.Collections.Frozen;
using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>One function of expressions.</summary>
/// <param name="Name">In lower case.</param>
/// <param name="Least">Arguments at least.</param>
/// <param name="Most">Arguments at most.</param>
/// <param name="Compute">Its value; pure.</param>
internal sealed record ExpressionFunction(string Name, int Least, int Most, Func<Cell[], Cell> Compute)
{
    /// <summary>Characters of the longest text that a function makes.</summary>
    public const int CharactersMax = 1 << 20;

    /// <summary>Values of the longest list that a function makes; what is left of the text is the last one.</summary>
    public const int ValuesMax = 65_536;

    private static readonly FrozenDictionary<string, ExpressionFunction> All = Numbers().Concat(Texts())
        .Concat(TimeFunctions.All).Append(new ExpressionFunction("geodistance", 2, 4, PlaceFunctions.Distance))
        .ToFrozenDictionary(one => one.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>A function by its name in any case; null when there is none.</summary>
    public static ExpressionFunction? Find(string name) => All.GetValueOrDefault(name);

    /// <summary>A function of one number.</summary>
    public static ExpressionFunction Number(string name, Func<double, double> compute) =>
        new(name, 1, 1, values => values[0].TryNumber(out var number) ? Cell.Of(compute(number)) : Cell.None);

    private static IEnumerable<ExpressionFunction> Numbers() =>
    [
        Number("abs", Math.Abs), Number("ceil", Math.Ceiling), Number("floor", Math.Floor), Number("log", Math.Log),
        Number("log2", Math.Log2), Number("exp", Math.Exp), Number("sqrt", Math.Sqrt),
        new("to_number", 1, 1, values => values[0].TryNumber(out var number) ? Cell.Of(number) : Cell.None),
        new("exists", 1, 1, values => Cell.Of(!values[0].IsNone)),
        new("case", 3, 3, values => values[0].IsTrue ? values[1] : values[2]),
    ];

    private static IEnumerable<ExpressionFunction> Texts() =>
    [
        Text("upper", text => text.ToUpperInvariant()), Text("lower", text => text.ToLowerInvariant()),
        new("to_str", 1, 1, values => Cell.Of(values[0].AsText())),
        new("strlen", 1, 1, values => Cell.Of(Encoding.UTF8.GetByteCount(values[0].AsText()))),
        new("startswith", 2, 2,
            values => Cell.Of(values[0].AsText().StartsWith(values[1].AsText(), StringComparison.Ordinal))),
        new("contains", 2, 2, values => Cell.Of(Count(values[0].AsText(), values[1].AsText()))),
        new("substr", 3, 3, Part), new("format", 1, 32, Format), new("split", 1, 3, Split),
    ];

    private static ExpressionFunction Text(string name, Func<string, string> compute) =>
        new(name, 1, 1, values => values[0].IsNone ? Cell.None : Cell.Of(compute(values[0].AsText())));

    private static double Count(string text, string part)
    {
        if (part == "") return text.Length + 1;
        var count = 0;
        for (var at = 0; (at = text.IndexOf(part, at, StringComparison.Ordinal)) >= 0; at += part.Length) count++;
        return count;
    }

    // A negative offset counts from the end; a negative count leaves so many off at the end.
    private static Cell Part(Cell[] values)
    {
        var text = values[0].AsText();
        if (!values[1].TryNumber(out var from) || !values[2].TryNumber(out var count)) return Cell.None;
        var begin = (int)Math.Clamp(from < 0 ? text.Length + from : from, 0, text.Length);
        var end = (int)Math.Clamp(count < 0 ? text.Length + count : begin + count, begin, text.Length);
        return Cell.Of(text[begin..end]);
    }

    private static Cell Format(Cell[] values)
    {
        var pattern = values[0].AsText();
        var text = new StringBuilder();
        var next = 1;
        for (var i = 0; i < pattern.Length && text.Length < CharactersMax; i++)
        {
            if (pattern[i] != '%' || i + 1 == pattern.Length)
            {
                text.Append(pattern[i]);
            }
            else if (pattern[++i] == '%')
            {
                text.Append('%');
            }
            else
            {
                if (pattern[i] != 's' || next >= values.Length) return Cell.None;
                var piece = values[next].IsNone ? "(null)" : values[next].AsText();
                text.Append(piece.AsSpan(0, Math.Min(piece.Length, CharactersMax - text.Length)));
                next++;
            }
        }

        return Cell.Of(text.ToString());
    }

    private static Cell Split(Cell[] values)
    {
        char[] separators = [.. values.Length > 1 ? values[1].AsText() : ","];
        char[] stripped = [.. values.Length > 2 ? values[2].AsText() : " "];
        var parts = values[0].AsText().Split(separators, ValuesMax, StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Trim(stripped)).Where(part => part != "").Select(Cell.Of);
        return Cell.Of((IReadOnlyList<Cell>)[.. parts]);
    }
}
