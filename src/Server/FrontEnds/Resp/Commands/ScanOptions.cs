using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>Cursor and options of SCAN and HSCAN.</summary>
internal readonly struct ScanOptions
{
    private const int CountDefault = 10;

    /// <summary>Where the walk goes on; 0 begins it.</summary>
    public ulong Cursor { get; init; }

    /// <summary>How much to look at, within what one page may have.</summary>
    public int Count { get; init; }

    /// <summary>Argument with the pattern; 0 for none.</summary>
    public int PatternAt { get; init; }

    /// <summary>The type asked for; null for any.</summary>
    public EntryKind? Kind { get; init; }

    /// <summary>Whether a type was asked for that no entry has.</summary>
    public bool WantsNothing { get; init; }

    /// <summary>Whether an entry of this kind is wanted.</summary>
    public bool Wants(EntryKind kind) => !WantsNothing && (Kind == null || Kind == kind);

    /// <summary>Reads the cursor alone; false after an error was answered.</summary>
    public static bool TryBegin(RespCall call, int cursorAt, out ScanOptions options)
    {
        options = default;
        var args = call.Args;
        if (!RedisInteger.TryParseCursor(args[cursorAt], out var cursor))
        {
            call.Reply.Error("ERR invalid cursor"u8);
            return false;
        }

        options = new ScanOptions { Cursor = cursor, Count = CountDefault };
        return true;
    }

    /// <summary>Reads what is behind the cursor; false after an error was answered.</summary>
    public static bool TryEnd(RespCall call, int cursorAt, bool takesType, ref ScanOptions options)
    {
        var args = call.Args;
        for (var at = cursorAt + 1; at < args.Count; at += 2)
        {
            if (at + 1 == args.Count || !TryOption(call, at, takesType, ref options)) return Fail(call);
            if (options.Count == 0) return false;
        }

        return true;
    }

    /// <summary>One option and its argument. A count that was answered with an error is left as 0.</summary>
    private static bool TryOption(RespCall call, int at, bool takesType, ref ScanOptions options)
    {
        var args = call.Args;
        if (args.Is(at, "MATCH"u8))
        {
            if (!GlobPattern.Takes(args[at + 1], call.Reply)) options = options with { Count = 0 };
            else options = options with { PatternAt = GlobPattern.IsAll(args[at + 1]) ? 0 : at + 1 };
        }
        else if (args.Is(at, "COUNT"u8))
        {
            if (!args.TryLong(at + 1, out var count)) call.Reply.Error(RespErrors.NotAnInteger);
            else if (count < 1) return false;
            options = options with { Count = (int)Math.Min(count, EntryScanCodec.CountMax) };
        }
        else if (takesType && args.Is(at, "TYPE"u8))
        {
            var isHash = args.Is(at + 1, "HASH"u8);
            options = options with
            {
                Kind = isHash ? EntryKind.Fields : EntryKind.Value,
                WantsNothing = !isHash && !args.Is(at + 1, "STRING"u8),
            };
        }
        else
        {
            return false;
        }

        return true;
    }

    private static bool Fail(RespCall call)
    {
        call.Reply.Error(RespErrors.Syntax);
        return false;
    }
}
