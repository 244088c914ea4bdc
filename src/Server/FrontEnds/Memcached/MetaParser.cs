using System.Buffers;
using System.Buffers.Text;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>Reads the flags of meta commands. The key is copied out, decoded if it is base64.</summary>
internal static class MetaParser
{
    /// <summary>Word of a line at which the flags of a command begin.</summary>
    public static int FirstFlag(MemcachedVerb verb) => verb == MemcachedVerb.MetaSet ? 3 : 2;

    /// <summary>
    /// Reads a line of mg, ms, md or ma. Returns an error line, or nothing when all is well. The mode's error comes
    /// after the flags', as in memcached.
    /// </summary>
    /// <param name="line">The line; its first word is the command's name.</param>
    /// <param name="verb">The command.</param>
    /// <param name="nowMs">Unix milliseconds.</param>
    /// <param name="request">What it asks for.</param>
    /// <param name="key">Room for <see cref="MemcachedLimits.KeyBytesMax"/> bytes.</param>
    /// <param name="keyLength">Bytes of the key.</param>
    public static ReadOnlySpan<byte> Read(
        scoped in CommandLine line, MemcachedVerb verb, long nowMs, scoped out EntryRequest request,
        scoped Span<byte> key, scoped out int keyLength)
    {
        request = new EntryRequest { Verb = verb, Delta = 1 };
        keyLength = 0;
        if (line.Count < 2) return ErrorText.Unknown;
        if (line[1].Length > MemcachedLimits.KeyBytesMax) return ErrorText.BadFormat;
        if (line.Count > MemcachedLimits.MetaWordsMax) return ErrorText.FlagsTooLong;
        line[1].CopyTo(key);
        keyLength = line[1].Length;
        var mode = default(byte);
        var error = ReadFlags(line, ref request, ref mode, nowMs);
        if (error.IsEmpty && request.IsBinaryKey && !TryDecode(key, ref keyLength)) error = ErrorText.BadKey;
        var hidesDetail = verb is MemcachedVerb.MetaDelete or MemcachedVerb.MetaArithmetic;
        if (!error.IsEmpty) return hidesDetail ? ErrorText.InvalidOrDuplicateFlag : error;
        if (!TryTakeMode(ref request, mode))
            return verb == MemcachedVerb.MetaSet ? ErrorText.BadStoreMode : ErrorText.BadArithmeticMode;
        if (HasLongOpaque(line, FirstFlag(verb))) return ErrorText.OpaqueTooLong;
        return request.HasNewCas && IsTooFarAhead(request.NewCas, nowMs) ? ErrorText.CasTooFarAhead : default;
    }

    /// <summary>Reads a line of me.</summary>
    public static ReadOnlySpan<byte> ReadDebug(
        scoped in CommandLine line, scoped out EntryRequest request, scoped Span<byte> key, scoped out int keyLength)
    {
        request = new EntryRequest { Verb = MemcachedVerb.MetaDebug };
        keyLength = 0;
        if (line.Count < 2 || line[1].Length > MemcachedLimits.KeyBytesMax) return ErrorText.BadFormat;
        line[1].CopyTo(key);
        keyLength = line[1].Length;
        request.IsBinaryKey = line[2].SequenceEqual("b"u8);
        return request.IsBinaryKey && !TryDecode(key, ref keyLength) ? ErrorText.BadFormat : default;
    }

    private static ReadOnlySpan<byte> ReadFlags(
        scoped in CommandLine line, scoped ref EntryRequest request, scoped ref byte mode, long nowMs)
    {
        UInt128 seen = 0;
        ReadOnlySpan<byte> error = default;
        for (var i = FirstFlag(request.Verb); i < line.Count; i++)
        {
            var word = line[i];
            var letter = word[0];
            if (letter >= 127 || (seen >> letter & 1) != 0) return ErrorText.DuplicateFlag;
            seen |= UInt128.One << letter;
            if (!MetaFlagTable.TryFind(letter, out var argument)) return ErrorText.InvalidFlag;
            var wrong = argument switch
            {
                MetaArgument.None => TakeSwitch(ref request, letter),
                MetaArgument.Letter => TakeMode(word, ref mode),
                MetaArgument.Int32 => TakeTime(ref request, letter, word[1..], nowMs),
                MetaArgument.UInt32 or MetaArgument.UInt64 => TakeNumber(ref request, letter, word[1..]),
                _ => default,
            };
            if (!wrong.IsEmpty) error = wrong;
        }

        return error;
    }

    private static ReadOnlySpan<byte> TakeSwitch(scoped ref EntryRequest request, byte letter)
    {
        switch (letter)
        {
            case (byte)'b':
                request.IsBinaryKey = true;
                break;
            case (byte)'v':
                request.WantsValue = true;
                break;
            case (byte)'q':
                request.IsQuiet = true;
                break;
            case (byte)'I':
                request.Invalidates = true;
                break;
            case (byte)'x':
                request.RemovesValue = true;
                break;
            default:
                // Flags that only ask for something back: the answer is made by going over the words again.
                break;
        }

        return default;
    }

    private static ReadOnlySpan<byte> TakeMode(scoped ReadOnlySpan<byte> word, scoped ref byte mode)
    {
        if (word.Length != 2) return ErrorText.BadModeLength;
        mode = word[1];
        return default;
    }

    private static ReadOnlySpan<byte> TakeTime(
        scoped ref EntryRequest request, byte letter, scoped ReadOnlySpan<byte> text, long nowMs)
    {
        if (!Numbers.TryInt32(text, out var seconds)) return ErrorText.BadToken;
        switch (letter)
        {
            case (byte)'T':
                request.HasTtl = true;
                request.ExpiresAtMs = Expiry.Of(seconds, nowMs);
                break;
            case (byte)'N':
                request.Vivifies = true;
                request.VivifyExpiresAtMs = Expiry.Of(seconds, nowMs);
                break;
            default:
                request.HasRecache = true;
                request.RecacheSeconds = seconds;
                break;
        }

        return default;
    }

    private static ReadOnlySpan<byte> TakeNumber(
        scoped ref EntryRequest request, byte letter, scoped ReadOnlySpan<byte> text)
    {
        if (letter == (byte)'F')
            return Numbers.TryUInt32(text, out request.ClientFlags) ? default : ErrorText.BadFormat;
        var isNumber = Numbers.TryUInt64(text, out var number);
        switch (letter)
        {
            case (byte)'C':
                request.HasCompare = isNumber;
                request.Compare = number;
                return isNumber ? default : ErrorText.BadToken;
            case (byte)'E':
                request.HasNewCas = isNumber;
                request.NewCas = number;
                return isNumber ? default : ErrorText.BadToken;
            case (byte)'D':
                request.Delta = number;
                return isNumber ? default : ErrorText.BadMetaDelta;
            default:
                request.Initial = number;
                return isNumber ? default : ErrorText.BadInitial;
        }
    }

    private static bool TryTakeMode(ref EntryRequest request, byte mode)
    {
        if (mode == 0 || request.Verb is MemcachedVerb.MetaGet or MemcachedVerb.MetaDelete) return true;
        if (request.Verb == MemcachedVerb.MetaArithmetic)
        {
            request.IsDecrement = mode is (byte)'D' or (byte)'-';
            return request.IsDecrement || mode is (byte)'I' or (byte)'+';
        }

        request.Mode = mode switch
        {
            (byte)'E' => StoreMode.Add,
            (byte)'A' => StoreMode.Append,
            (byte)'P' => StoreMode.Prepend,
            (byte)'R' => StoreMode.Replace,
            _ => StoreMode.Set,
        };
        return request.Mode != StoreMode.Set || mode == (byte)'S';
    }

    private static bool HasLongOpaque(in CommandLine line, int firstFlag)
    {
        for (var i = firstFlag; i < line.Count; i++)
            if (line[i][0] == (byte)'O' && line[i].Length > MemcachedLimits.OpaqueBytesMax) return true;
        return false;
    }

    // A hybrid logical clock has Unix milliseconds above 16 bits of counter.
    private static bool IsTooFarAhead(ulong cas, long nowMs) =>
        cas >> 16 > (ulong)(nowMs + (long)MemcachedLimits.CasAheadMax.TotalMilliseconds);

    private static bool TryDecode(Span<byte> key, ref int length)
    {
        var status = Base64.DecodeFromUtf8InPlace(key[..length], out length);
        return status == OperationStatus.Done && length > 0;
    }
}
