using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>The commands that are about the server rather than a key. Thread-safe.</summary>
internal sealed class ServerCommands(EntryCalls calls, StatsReport stats, FlushSchedule schedule)
{
    /// <summary>
    /// What <c>version</c> says. The number is the memcached whose protocol this is, because clients decide by it what
    /// they may send; nothing follows it, because some parse it to the end of the line.
    /// </summary>
    public const string Version = "1.6.38";

    private const uint MemlimitMegabytesMin = 8;
    private const uint MemlimitMegabytesMax = 1_000_000_000;

    private static readonly byte[] VersionLine = Encoding.ASCII.GetBytes($"VERSION {Version}\r\n");

    /// <summary>The answer to a command that needs nothing but its line.</summary>
    public static ReadOnlySpan<byte> AnswerAtOnce(MemcachedVerb verb, scoped in CommandLine line)
    {
        var isQuiet = line.AsksNoReply;
        switch (verb)
        {
            case MemcachedVerb.Version:
                return VersionLine;
            case MemcachedVerb.MetaNoOp:
                return "MN\r\n"u8;
            case MemcachedVerb.Shutdown:
                return "ERROR: shutdown not enabled\r\n"u8;
            case MemcachedVerb.Verbosity when line.Count is 2 or 3:
                if (isQuiet) return default;
                return Numbers.TryUInt32(line[1], out _) ? "OK\r\n"u8 : ErrorText.BadFormat;
            case MemcachedVerb.CacheMemlimit when line.Count is 2 or 3:
                return isQuiet ? default : RefuseMemlimit(line[1]);
            case MemcachedVerb.Watch:
                return isQuiet ? default : "CLIENT_ERROR watch commands not allowed\r\n"u8;
            case MemcachedVerb.Slabs when line.Count == 4 && line[1].SequenceEqual("reassign"u8):
                return "CLIENT_ERROR slab reassignment disabled\r\n"u8;
            case MemcachedVerb.LruCrawler when line.Count == 3
                && (line[1].SequenceEqual("crawl"u8) || line[1].SequenceEqual("metadump"u8)):
                return "CLIENT_ERROR lru crawler disabled\r\n"u8;
            default:
                return ErrorText.Unknown;
        }
    }

    /// <summary>Whether a line of stats or flush_all is well formed: an error line, or nothing.</summary>
    public static ReadOnlySpan<byte> Check(
        MemcachedVerb verb, scoped in CommandLine line, scoped out bool isQuiet)
    {
        isQuiet = verb == MemcachedVerb.FlushAll && line.AsksNoReply;
        if (verb == MemcachedVerb.Stats) return StatsReport.Check(line[1], line.Count);
        if (line.Count > 3)
        {
            isQuiet = false;
            return ErrorText.Unknown;
        }

        var hasDelay = line.Count != (isQuiet ? 2 : 1);
        return hasDelay && !Numbers.TryInt32(line[1], out _) ? ErrorText.BadExptime : default;
    }

    /// <summary>flush_all.</summary>
    public async ValueTask FlushAsync(PendingCommand command)
    {
        var delay = DelayOf(command);
        if (delay > TimeSpan.Zero)
        {
            schedule.Set(delay);
        }
        else
        {
            schedule.Cancel();
            var (status, text) = await schedule.FlushAsync().ConfigureAwait(false);
            if (status != StatusCode.Ok)
            {
                if (!command.Request.IsQuiet)
                    ErrorLines.Write(command.Answer, status, Encoding.UTF8.GetBytes(text));
                return;
            }
        }

        if (!command.Request.IsQuiet) command.Answer.Write("OK\r\n"u8);
    }

    /// <summary>stats.</summary>
    public ValueTask StatsAsync(PendingCommand command)
    {
        var line = new CommandLine(command.Line);
        return stats.WriteAsync(Encoding.ASCII.GetString(line[1]), command.Answer, calls.Executor.UtcNowMs);
    }

    // As a time to live: beyond 30 days a moment, which may have passed.
    private static TimeSpan DelayOf(PendingCommand command)
    {
        var line = new CommandLine(command.Line);
        return Numbers.TryInt32(line[1], out var seconds) && seconds > 0
            ? TimeSpan.FromMilliseconds(Expiry.Of(seconds, command.NowMs) - command.NowMs)
            : TimeSpan.Zero;
    }

    private static ReadOnlySpan<byte> RefuseMemlimit(scoped ReadOnlySpan<byte> word)
    {
        if (!Numbers.TryUInt32(word, out var megabytes)) return ErrorText.Unknown;
        return megabytes switch
        {
            < MemlimitMegabytesMin => "MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\r\n"u8,
            > MemlimitMegabytesMax => "MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes\r\n"u8,
            _ => "MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust\r\n"u8,
        };
    }
}
