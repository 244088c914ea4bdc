namespace Hedgerow.Server.Simulation.Network;

/// <summary>How messages fare between one router and a leaf, at this moment. Asked once a message and way.</summary>
internal interface ILinkConditions
{
    /// <summary>Nanoseconds one way.</summary>
    long DelayNanos(int leaf);

    /// <summary>Whether this message gets lost for good, as on a connection whose peer hangs.</summary>
    bool IsLost(int leaf);

    /// <summary>Whether nothing passes between the router and this leaf.</summary>
    bool IsCut(int leaf);
}
