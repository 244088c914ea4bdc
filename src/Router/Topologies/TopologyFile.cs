using Microsoft.Extensions.Logging;

namespace Hedgerow.Router;

/// <summary>
/// A topology in a JSON file, read again when the file changes. Thread-safe. A file that became unreadable, broken, or
/// not newer than what is known is logged and otherwise ignored: the last good topology stays.
/// </summary>
/// <remarks>
/// The file's time and length are looked at once a second rather than watched through the operating system, whose
/// notifications miss replaced symbolic links (Kubernetes) and network file systems.
/// </remarks>
public sealed partial class TopologyFile : ITopologySource, IDisposable
{
    /// <summary>How often the file is looked at: 1 s.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private const long FileBytesMax = 16 * 1024 * 1024;

    private readonly string _path;
    private readonly ILogger _log;
    private readonly Lock _reading = new();
    private readonly ITimer _timer;
    private volatile Topology _current;
    private (DateTime Written, long Length) _seen;

    private TopologyFile(string path, TimeProvider time, ILogger log)
    {
        _path = path;
        _log = log;
        _seen = Stamp();
        _current = Read();
        _timer = time.CreateTimer(static file => ((TopologyFile)file!).Poll(), this, PollInterval, PollInterval);
    }

    /// <inheritdoc/>
    public Topology Current => _current;

    /// <summary>Reads the file and begins to watch it.</summary>
    /// <exception cref="TopologyException">It can't be read, does not parse, or contradicts itself.</exception>
    public static TopologyFile Open(string path, TimeProvider time, ILogger log) => new(path, time, log);

    /// <inheritdoc/>
    public ValueTask<Topology> RefreshAsync(uint epoch, CancellationToken cancel)
    {
        if (_current.Epoch <= epoch) Poll();
        return new ValueTask<Topology>(_current);
    }

    /// <summary>Stops watching; what is known stays readable.</summary>
    public void Dispose() => _timer.Dispose();

    private void Poll()
    {
        // A reader at a time; who comes second would read the same file.
        if (!_reading.TryEnter()) return;
        try
        {
            var stamp = Stamp();
            if (stamp == _seen) return;
            var topology = Read();
            _seen = stamp;
            Adopt(topology);
        }
        catch (TopologyException e)
        {
            _seen = default;
            LogBroken(e.Message, _current.Epoch);
        }
        finally
        {
            _reading.Exit();
        }
    }

    private void Adopt(Topology topology)
    {
        if (topology.Epoch <= _current.Epoch)
        {
            LogStale(_path, topology.Epoch, _current.Epoch);
            return;
        }

        LogAdopted(_path, topology.Epoch, _current.Epoch);
        _current = topology;
    }

    private (DateTime Written, long Length) Stamp()
    {
        var file = new FileInfo(_path);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }

    private Topology Read()
    {
        try
        {
            var file = new FileInfo(_path);
            if (file.Exists && file.Length > FileBytesMax)
                throw new TopologyException($"{_path} has {file.Length} bytes; at most {FileBytesMax} are allowed.");
            return TopologyJson.Parse(File.ReadAllBytes(_path), _path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TopologyException($"{_path} can't be read: {e.Message}", e);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{File}: topology epoch {New} replaces {Old}")]
    private partial void LogAdopted(string file, uint @new, uint old);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{File}: refused, its epoch {New} is not above {Old}; raise the epoch with every change")]
    private partial void LogStale(string file, uint @new, uint old);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem} Topology epoch {Epoch} stays in force")]
    private partial void LogBroken(string problem, uint epoch);
}
