using Microsoft.Extensions.Logging;

namespace Hedgerow.Router;

/// <summary>A topology in a JSON file, read again when the file changes. Thread-safe.</summary>
public sealed class TopologyFile : ITopologySource, IDisposable
{
    private TopologyFile()
    {
    }

    /// <inheritdoc/>
    public Topology Current => throw new NotImplementedException();

    /// <summary>Reads the file and begins to watch it.</summary>
    /// <exception cref="TopologyException">It can't be read, does not parse, or contradicts itself.</exception>
    public static TopologyFile Open(string path, TimeProvider time, ILogger log) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Topology> RefreshAsync(uint epoch, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Stops watching.</summary>
    public void Dispose() => throw new NotImplementedException();
}
