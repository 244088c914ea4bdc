namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>The line before a value of get and its kin.</summary>
internal static class ValueLine
{
    /// <summary>What stands behind the key, with the line's end.</summary>
    public static void PutTail(ref ReplyLine line, uint clientFlags, int bytes, ulong version, bool showsCas)
    {
        line.Put((byte)' ');
        line.Put((ulong)clientFlags);
        line.Put((byte)' ');
        line.Put((ulong)bytes);
        if (showsCas)
        {
            line.Put((byte)' ');
            line.Put(version);
        }

        line.EndLine();
    }
}
