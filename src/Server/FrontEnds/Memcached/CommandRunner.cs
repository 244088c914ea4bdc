using System.Runtime.CompilerServices;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// Runs commands that may have to wait, each to its whole answer. Over a leaf that is done before the call returns,
/// without an allocation; over a router some thread ends it. Thread-safe.
/// </summary>
internal sealed partial class CommandRunner
{
    private readonly FetchCommands _fetch;
    private readonly StoreCommands _store;
    private readonly RemoveCommands _remove;
    private readonly CountCommands _count;
    private readonly ServerCommands _server;
    private readonly ILogger _log;

    public CommandRunner(EntryCalls calls, ServerCommands server, MemcachedOptions options, ILogger log)
    {
        _fetch = new FetchCommands(calls, options.OutputBytesMax);
        _store = new StoreCommands(calls, options.ValueBytesMax);
        _remove = new RemoveCommands(calls);
        _count = new CountCommands(calls);
        _server = server;
        _log = log;
    }

    /// <summary>Runs one; never throws.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask RunAsync(PendingCommand command)
    {
        try
        {
            await DispatchAsync(command).ConfigureAwait(false);
        }
        catch (Exception defect)
        {
            // Executors promise not to throw: what comes here is a defect, and the peer still gets its one answer.
            LogDefect(_log, command.Request.Verb, defect);
            command.Answer.Clear();
            command.Answer.Write(ErrorText.Internal);
        }
    }

    private ValueTask DispatchAsync(PendingCommand command)
    {
        if (command.IsRetrieval) return _fetch.RetrieveAsync(command);
        return command.Request.Verb switch
        {
            MemcachedVerb.MetaGet => _fetch.MetaGetAsync(command),
            MemcachedVerb.MetaDebug => _fetch.DebugAsync(command),
            MemcachedVerb.Touch => _fetch.TouchAsync(command),
            MemcachedVerb.Delete or MemcachedVerb.MetaDelete => _remove.RunAsync(command),
            MemcachedVerb.Incr or MemcachedVerb.Decr or MemcachedVerb.MetaArithmetic => _count.RunAsync(command),
            MemcachedVerb.FlushAll => _server.FlushAsync(command),
            MemcachedVerb.Stats => _server.StatsAsync(command),
            _ => _store.RunAsync(command),
        };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A memcached {Verb} met a defect.")]
    private static partial void LogDefect(ILogger logger, MemcachedVerb verb, Exception defect);
}
