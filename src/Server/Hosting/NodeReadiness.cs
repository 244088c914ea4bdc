namespace Hedgerow.Server.Hosting;

/// <summary>What <c>/readyz</c> says. Written by the node's one lifecycle, read by probes. Thread-safe.</summary>
internal sealed class NodeReadiness
{
    private volatile Answer _current = new(false, "recovering", "The node is opening its data.");

    /// <summary>Whether requests are welcome, the state in a word, and why.</summary>
    public Answer Current => _current;

    /// <summary>Recovery is over and the listeners are open.</summary>
    public void Ready() => _current = new Answer(true, "ready", "");

    /// <summary>A stop was asked for; balancers should send nothing new.</summary>
    public void Draining() =>
        _current = new Answer(false, "draining", "A stop was asked for; requests in flight finish.");

    /// <summary>One reading.</summary>
    internal sealed record Answer(bool IsReady, string State, string Reason);
}
