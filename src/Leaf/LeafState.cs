namespace Hedgerow.Leaf;

/// <summary>A leaf's life.</summary>
public enum LeafState
{
    /// <summary>Reading its log.</summary>
    Recovering,

    /// <summary>Serving.</summary>
    Ready,

    /// <summary>Finishing what it took.</summary>
    Draining,

    /// <summary>Done.</summary>
    Stopped,
}
