namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>What a meta answer can tell of an entry.</summary>
internal struct MetaFacts
{
    public ulong Cas;
    public uint ClientFlags;
    public long ExpiresAtMs;
    public long NowMs;
    public long Bytes;
    public long SecondsSinceAccess;
    public bool WasHit;
    public bool IsStale;

    /// <summary>This answer gives the right to recache.</summary>
    public bool Won;

    /// <summary>An answer before it did.</summary>
    public bool WasSent;
}

/// <summary>
/// Makes the lines that answer meta commands: the flags asked for, in the order asked for.
/// </summary>
internal static class MetaReply
{
    /// <summary>mg that found an entry.</summary>
    public static void Hit(
        ref ReplyLine reply, in CommandLine line, in EntryRequest request, ReadOnlySpan<byte> key, in MetaFacts facts)
    {
        if (request.WantsValue)
        {
            reply.Put("VA "u8);
            reply.Put(facts.Bytes);
        }
        else
        {
            reply.Put("HD"u8);
        }

        for (var i = MetaParser.FirstFlag(request.Verb); i < line.Count; i++)
            PutOfEntry(ref reply, line[i], request, key, facts);
        if (facts.WasSent) reply.PutFlag((byte)'Z');
        if (facts.IsStale) reply.PutFlag((byte)'X');
        if (facts.Won) reply.PutFlag((byte)'W');
        reply.EndLine();
    }

    /// <summary>ma that did it; its number follows on a line of its own where the value was asked for.</summary>
    public static void Counted(
        ref ReplyLine reply, in CommandLine line, in EntryRequest request, ReadOnlySpan<byte> key, in MetaFacts facts,
        ReadOnlySpan<byte> digits)
    {
        if (request.WantsValue)
        {
            reply.Put("VA "u8);
            reply.Put((long)digits.Length);
        }
        else
        {
            reply.Put("HD"u8);
        }

        for (var i = MetaParser.FirstFlag(request.Verb); i < line.Count; i++)
        {
            if (line[i][0] is (byte)'c' or (byte)'t' or (byte)'O' or (byte)'k')
                PutOfEntry(ref reply, line[i], request, key, facts);
        }

        reply.EndLine();
        if (!request.WantsValue) return;
        reply.Put(digits);
        reply.EndLine();
    }

    /// <summary>ms, whatever came of it: cas 0 where nothing was stored.</summary>
    public static void Stored(
        ref ReplyLine reply, ReadOnlySpan<byte> code, in CommandLine line, in EntryRequest request,
        ReadOnlySpan<byte> key, in MetaFacts facts)
    {
        reply.Put(code);
        for (var i = MetaParser.FirstFlag(request.Verb); i < line.Count; i++)
        {
            if (line[i][0] is (byte)'c' or (byte)'s' or (byte)'O' or (byte)'k')
                PutOfEntry(ref reply, line[i], request, key, facts);
        }

        reply.EndLine();
    }

    /// <summary>A code with what does not need an entry: opaque and key.</summary>
    public static void Plain(
        ref ReplyLine reply, ReadOnlySpan<byte> code, in CommandLine line, in EntryRequest request,
        ReadOnlySpan<byte> key)
    {
        reply.Put(code);
        for (var i = MetaParser.FirstFlag(request.Verb); i < line.Count; i++)
        {
            if (line[i][0] is (byte)'O' or (byte)'k') PutOfEntry(ref reply, line[i], request, key, default);
        }

        reply.EndLine();
    }

    private static void PutOfEntry(
        ref ReplyLine reply, ReadOnlySpan<byte> word, in EntryRequest request, ReadOnlySpan<byte> key,
        in MetaFacts facts)
    {
        var letter = word[0];
        switch (letter)
        {
            case (byte)'s':
                reply.PutFlag(letter, facts.Bytes);
                break;
            case (byte)'t':
                reply.PutFlag(letter, Expiry.SecondsLeft(facts.ExpiresAtMs, facts.NowMs));
                break;
            case (byte)'c':
                reply.PutFlag(letter);
                reply.Put(facts.Cas);
                break;
            case (byte)'f':
                reply.PutFlag(letter, facts.ClientFlags);
                break;
            case (byte)'l':
                reply.PutFlag(letter, facts.SecondsSinceAccess);
                break;
            case (byte)'h':
                reply.PutFlag(letter, facts.WasHit ? 1 : 0);
                break;
            case (byte)'O':
                reply.Put((byte)' ');
                reply.Put(word);
                break;
            case (byte)'k':
                reply.PutKey(key, request.IsBinaryKey);
                break;
            default:
                // The others only say what to do.
                break;
        }
    }
}
