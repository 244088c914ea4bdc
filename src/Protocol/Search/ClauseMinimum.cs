using System.Globalization;

namespace Hedgerow.Protocol;

/// <summary>
/// How many of some optional clauses have to match, in the notation of OpenSearch's <c>minimum_should_match</c>: a
/// count (<c>2</c>), how many may be missing (<c>-1</c>), shares of both kinds, rounded down (<c>75%</c>, <c>-25%</c>),
/// and any of these behind a condition (<c>3&lt;90%</c>: up to 3 clauses all of them, above 90 %), several of which are
/// separated by blanks, lowest first: the last whose number is exceeded holds.
/// </summary>
public static class ClauseMinimum
{
    /// <summary>Characters of the longest notation: 255.</summary>
    public const int CharsMax = 255;

    /// <summary>What is understood, for messages.</summary>
    public const string Allowed =
        "counts such as 2 and -1, shares such as 75% and -25%, and conditions such as 3<90% or 2<-25% 9<-3";

    private const int NumberMax = 1_024;

    /// <summary>Reads a notation and says what it means for so many clauses.</summary>
    /// <param name="notation">The text.</param>
    /// <param name="clauses">How many there are.</param>
    /// <param name="count">0 or more; more than there are can't be met.</param>
    /// <returns>False where it is not understood.</returns>
    public static bool TryCount(string notation, int clauses, out int count)
    {
        count = clauses;
        if (notation.Length is 0 or > CharsMax) return false;
        if (!notation.Contains('<')) return TryPlain(notation.Trim(), clauses, out count);
        var isPassed = false;
        foreach (var condition in Conditions(notation))
        {
            var at = condition.IndexOf('<');
            if (at <= 0 || !TryRead(condition[..at], out var bound) || bound < 0) return false;
            if (!TryPlain(condition[(at + 1)..], clauses, out var value)) return false;
            isPassed |= clauses <= bound;
            if (!isPassed) count = value;
        }

        return true;
    }

    private static string[] Conditions(string notation)
    {
        while (notation.Contains(" <", StringComparison.Ordinal))
            notation = notation.Replace(" <", "<", StringComparison.Ordinal);
        while (notation.Contains("< ", StringComparison.Ordinal))
            notation = notation.Replace("< ", "<", StringComparison.Ordinal);
        return notation.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool TryPlain(string text, int clauses, out int count)
    {
        var isShare = text.EndsWith('%');
        if (!TryRead(isShare ? text[..^1] : text, out count)) return false;
        if (isShare && count is < -100 or > 100) return false;
        if (isShare) count = (int)((long)count * clauses / 100);
        else if (count is < -NumberMax or > NumberMax) return false;
        // What is below zero may be missing; -0 % is as good as none.
        if (count < 0 || (isShare && text[0] == '-')) count = Math.Max(0, clauses + count);
        return true;
    }

    private static bool TryRead(string text, out int number) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
