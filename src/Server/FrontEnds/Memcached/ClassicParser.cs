namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// Reads the lines of the classic commands on one key. Each returns an error line, or nothing when all is well;
/// whether the error is sent depends on <see cref="EntryRequest.IsQuiet"/>, as in memcached.
/// </summary>
internal static class ClassicParser
{
    /// <summary>set, add, replace, append, prepend and cas.</summary>
    /// <param name="line">The line.</param>
    /// <param name="verb">The command.</param>
    /// <param name="nowMs">Unix milliseconds.</param>
    /// <param name="request">What it asks for.</param>
    /// <param name="bytes">Bytes of the data block; -1 when there is no knowing.</param>
    public static ReadOnlySpan<byte> ReadStore(
        scoped in CommandLine line, MemcachedVerb verb, long nowMs, scoped out EntryRequest request,
        scoped out int bytes)
    {
        var words = verb == MemcachedVerb.Cas ? 6 : 5;
        request = new EntryRequest { Verb = verb, Mode = ModeOf(verb) };
        bytes = -1;
        if (line.Count != words && line.Count != words + 1) return ErrorText.Unknown;
        request.IsQuiet = line.AsksNoReply;
        if (!Numbers.TryInt32(line[4], out var length) || length is < 0 or > int.MaxValue - 2)
            return ErrorText.BadFormat;
        bytes = length;
        if (line[1].Length > MemcachedLimits.KeyBytesMax) return ErrorText.BadFormat;
        if (!Numbers.TryUInt32(line[2], out request.ClientFlags) || !Numbers.TryInt32(line[3], out var seconds))
            return ErrorText.BadFormat;
        request.ExpiresAtMs = Expiry.Of(seconds, nowMs);
        if (verb != MemcachedVerb.Cas) return default;
        request.HasCompare = true;
        return Numbers.TryUInt64(line[5], out request.Compare) ? default : ErrorText.BadFormat;
    }

    /// <summary>delete.</summary>
    public static ReadOnlySpan<byte> ReadDelete(scoped in CommandLine line, scoped out EntryRequest request)
    {
        request = new EntryRequest { Verb = MemcachedVerb.Delete };
        if (line.Count is < 2 or > 4) return ErrorText.Unknown;
        if (line.Count > 2)
        {
            // A time of 0 is what a command of long ago had there.
            var hasZero = line[2].SequenceEqual("0"u8);
            request.IsQuiet = line.AsksNoReply;
            var isValid = line.Count == 3 ? hasZero || request.IsQuiet : hasZero && request.IsQuiet;
            if (!isValid) return ErrorText.BadDelete;
        }

        return line[1].Length > MemcachedLimits.KeyBytesMax ? ErrorText.BadFormat : default;
    }

    /// <summary>touch.</summary>
    public static ReadOnlySpan<byte> ReadTouch(scoped in CommandLine line, long nowMs, scoped out EntryRequest request)
    {
        request = new EntryRequest { Verb = MemcachedVerb.Touch, HasTtl = true };
        if (line.Count is < 3 or > 4) return ErrorText.Unknown;
        request.IsQuiet = line.AsksNoReply;
        if (line[1].Length > MemcachedLimits.KeyBytesMax) return ErrorText.BadFormat;
        if (!Numbers.TryInt32(line[2], out var seconds)) return ErrorText.BadExptime;
        request.ExpiresAtMs = Expiry.Of(seconds, nowMs);
        return default;
    }

    /// <summary>incr and decr.</summary>
    public static ReadOnlySpan<byte> ReadCount(
        scoped in CommandLine line, MemcachedVerb verb, scoped out EntryRequest request)
    {
        request = new EntryRequest { Verb = verb, IsDecrement = verb == MemcachedVerb.Decr };
        if (line.Count is < 3 or > 4) return ErrorText.Unknown;
        request.IsQuiet = line.AsksNoReply;
        if (line[1].Length > MemcachedLimits.KeyBytesMax) return ErrorText.BadFormat;
        return Numbers.TryUInt64(line[2], out request.Delta) ? default : ErrorText.BadDelta;
    }

    private static StoreMode ModeOf(MemcachedVerb verb) => verb switch
    {
        MemcachedVerb.Add => StoreMode.Add,
        MemcachedVerb.Replace => StoreMode.Replace,
        MemcachedVerb.Append => StoreMode.Append,
        MemcachedVerb.Prepend => StoreMode.Prepend,
        _ => StoreMode.Set,
    };
}
