using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Hedgerow.Server.Hosting;

/// <summary>
/// Log lines for people: time, severity, where from, message, and an exception below it:
/// <c>12:00:01.250 info  LeafService  Recovered 3 segments.</c>
/// </summary>
internal sealed class LineFormatter : ConsoleFormatter
{
    /// <summary>The name it is chosen by.</summary>
    public const string FormatterName = "hedgerow";

    private readonly TimeProvider _time;

    public LineFormatter(TimeProvider time)
        : base(FormatterName)
    {
        _time = time;
    }

    /// <inheritdoc/>
    public override void Write<TState>(
        in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        textWriter.Write(_time.GetLocalNow().ToString("HH:mm:ss.fff ", CultureInfo.InvariantCulture));
        textWriter.Write(Severity(logEntry.LogLevel));
        textWriter.Write(logEntry.Category.AsSpan(logEntry.Category.LastIndexOf('.') + 1));
        textWriter.Write("  ");
        textWriter.WriteLine(logEntry.Formatter(logEntry.State, logEntry.Exception));
        if (logEntry.Exception != null) textWriter.WriteLine(logEntry.Exception.ToString());
    }

    private static string Severity(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace ",
        LogLevel.Debug => "debug ",
        LogLevel.Information => "info  ",
        LogLevel.Warning => "warn  ",
        LogLevel.Error => "ERROR ",
        _ => "FATAL ",
    };
}
