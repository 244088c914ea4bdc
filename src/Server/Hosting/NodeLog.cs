using Hedgerow.Server.Config;
using Microsoft.Extensions.Logging.Console;

namespace Hedgerow.Server.Hosting;

/// <summary>The node's log on the console: one line each, for people; or JSON, for machines.</summary>
internal static partial class NodeLog
{
    /// <summary>Made by log.level and log.format. Lines go to standard error: standard output is for data.</summary>
    public static ILoggerFactory Create(ServerSettings settings) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(settings.LogLevel);
        // The frameworks' own lines are for their developers, until somebody asks for them.
        if (settings.LogLevel > LogLevel.Debug)
        {
            logging.AddFilter("Microsoft", LogLevel.Warning);
            logging.AddFilter("System", LogLevel.Warning);
        }

        logging.Services.Configure<ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (settings.LogJson)
        {
            logging.AddJsonConsole(json =>
            {
                json.UseUtcTimestamp = true;
                json.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            });
            return;
        }

        logging.Services.AddSingleton(TimeProvider.System);
        logging.AddConsole(console => console.FormatterName = LineFormatter.FormatterName);
        logging.AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();
    });

    /// <summary>The first line: what this is, where it listens, what it may use.</summary>
    [LoggerMessage(Level = LogLevel.Information, Message =
        "Hedgerow {Version} {Role}: {Summary}. Native on {Native}, RESP on {Resp}, memcached on {Memcached}, "
        + "HTTP {Http}. Data: {Data}. Memory: {Memory}.")]
    public static partial void Serving(
        ILogger log, string version, string role, string summary, string native, string resp, string memcached,
        string http, string data, string memory);

    /// <summary>What a warm-up did.</summary>
    [LoggerMessage(Level = LogLevel.Information, Message =
        "Warmed up by {Requests} requests in {Elapsed}: {Methods} methods compiled.")]
    public static partial void Warmed(ILogger log, int requests, long methods, TimeSpan elapsed);

    /// <summary>A stop was asked for.</summary>
    [LoggerMessage(Level = LogLevel.Information, Message =
        "Stopping: not ready from now on, listeners close in {Delay}, requests in flight have {Timeout}.")]
    public static partial void Draining(ILogger log, TimeSpan delay, TimeSpan timeout);

    /// <summary>The last line of a good end.</summary>
    [LoggerMessage(Level = LogLevel.Information, Message = "Stopped.")]
    public static partial void Stopped(ILogger log);

    /// <summary>The node ended because of a defect.</summary>
    [LoggerMessage(Level = LogLevel.Critical, Message = "The node failed.")]
    public static partial void Failed(ILogger log, Exception defect);
}
