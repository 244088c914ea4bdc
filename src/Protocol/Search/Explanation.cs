namespace Hedgerow.Protocol;

/// <summary>How a hit's score comes about, as a tree: each part with its own. Immutable.</summary>
/// <param name="Value">This part's score or factor.</param>
/// <param name="Description">What it is, with the numbers that it is made of.</param>
/// <param name="Details">The parts it is made of; empty at the leaves.</param>
public sealed record Explanation(float Value, string Description, IReadOnlyList<Explanation> Details)
{
    /// <summary>Parts that one explanation has at most, all levels together: 4,096.</summary>
    public const int PartsMax = 4_096;
}
