namespace Hedgerow.Server.Simulation.Time;

/// <summary>Something that happens at a moment of a <see cref="VirtualTime"/>.</summary>
internal abstract class SimEvent
{
    /// <summary>Its moment has come.</summary>
    public abstract void Run();
}

/// <summary>An event that is an action, and may be called off.</summary>
internal sealed class SimAction : SimEvent
{
    private Action? _action;

    public SimAction(Action action)
    {
        _action = action;
    }

    /// <summary>Nothing happens any more when its moment comes.</summary>
    public void Cancel() => _action = null;

    public override void Run() => _action?.Invoke();
}
