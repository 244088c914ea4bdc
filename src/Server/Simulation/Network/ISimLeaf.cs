namespace Hedgerow.Server.Simulation.Network;

/// <summary>A leaf at the end of a simulated network: a model with queues, or the real engine.</summary>
internal interface ISimLeaf
{
    /// <summary>Whether its process is not there: connections are refused.</summary>
    bool IsDown { get; }

    /// <summary>Lives of its process so far. What one life answered does not arrive once the next has begun.</summary>
    int Incarnation { get; }

    /// <summary>A request has arrived; it is answered once, now or later, by <see cref="SimCall.Answer"/>.</summary>
    void Receive(SimCall call);

    /// <summary>Whoever sent it does not wait any more; it need not be answered.</summary>
    void Cancel(SimCall call);
}
