using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Router.Tests;

/// <summary>Keeps what was logged, for all categories.</summary>
internal sealed class ListLogger : ILogger, ILoggerFactory
{
    private readonly ConcurrentQueue<(string Line, Dictionary<string, object?> Members)> _all = new();

    /// <summary>As people read them.</summary>
    public IReadOnlyList<string> Lines => [.. _all.Select(row => row.Line)];

    /// <summary>As machines do: each line's members by name.</summary>
    public IReadOnlyList<Dictionary<string, object?>> Members => [.. _all.Select(row => row.Members)];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter) => _all.Enqueue((
            formatter(state, exception),
            state is IReadOnlyList<KeyValuePair<string, object?>> members ? new(members) : []));

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }
}
