namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Why a query text does not parse.</summary>
/// <param name="Column">Where, from 1, in UTF-16 characters; one past the last for the end of the text.</param>
/// <param name="Problem">What is allowed there, and what was found.</param>
internal sealed record QueryError(int Column, string Problem)
{
    /// <summary>Characters of the query that are shown on either side of the place.</summary>
    private const int ShownChars = 40;

    /// <summary>The text for people.</summary>
    public override string ToString() => $"column {Column}: {Problem}";

    /// <summary>The same, with the query below it and a caret below the place.</summary>
    public string PointedIn(string query)
    {
        var at = Math.Min(Column - 1, query.Length);
        var from = Math.Max(0, at - ShownChars);
        var to = Math.Min(query.Length, at + ShownChars);
        var before = from > 0 ? "…" : "";
        var shown = string.Concat(query[from..to].Select(c => char.IsControl(c) || char.IsWhiteSpace(c) ? ' ' : c));
        return $"{this}\n  {before}{shown}{(to < query.Length ? "…" : "")}\n  "
            + new string(' ', before.Length + at - from) + "^";
    }
}
