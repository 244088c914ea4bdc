namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Why a query text does not parse.</summary>
/// <param name="Column">Where, from 1, in UTF-16 characters; one past the last for the end of the text.</param>
/// <param name="Problem">What is allowed there, and what was found.</param>
internal sealed record QueryError(int Column, string Problem)
{
    /// <summary>The text for people.</summary>
    public override string ToString() => $"column {Column}: {Problem}";
}
