namespace Hedgerow.Server.Simulation.Scenarios;

/// <summary>A scenario that makes no sense: the message names the member, its value, and what is allowed.</summary>
internal sealed class ScenarioException : Exception
{
    public ScenarioException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
