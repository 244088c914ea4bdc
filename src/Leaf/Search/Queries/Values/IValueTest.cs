namespace Hedgerow.Leaf.Search.Queries;

/// <summary>What a value of a column has to be. A struct, so that asking costs no call.</summary>
internal interface IValueTest
{
    /// <summary>Whether nothing is.</summary>
    bool IsEmpty { get; }

    /// <summary>Whether some number between two may be.</summary>
    bool Touches(long low, long high);

    /// <summary>Whether every number between two is.</summary>
    bool Covers(long low, long high);

    /// <summary>Whether a number is.</summary>
    bool Has(long value);
}
