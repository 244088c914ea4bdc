using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>HSCAN and HRANDFIELD.</summary>
internal static class HashScans
{
    /// <summary>Bytes that one HRANDFIELD may answer; repeats are the client's wish, and memory is ours.</summary>
    private const long RepeatedBytesMax = 512L * 1024 * 1024;

    /// <summary>
    /// HSCAN key cursor [MATCH pattern] [COUNT count]. Small hashes come at once, as in Redis. Larger ones in the order
    /// of their names' hashes, and the cursor is a hash: a field that stays is seen once, whatever else comes and goes.
    /// </summary>
    public static async ValueTask HScan(RespCall call)
    {
        if (!ScanOptions.TryBegin(call, 2, out var options)) return;
        using var read = await ReadAll(call);
        if (Steps.FailedOrValue(call, read)) return;
        using var found = new Scratch(call);

        // As in Redis, of what is not there nobody reads how it was to be read.
        if (HashMap.Of(read).Count > 0 && !ScanOptions.TryEnd(call, 2, takesType: false, ref options)) return;
        var wanted = options.PatternAt == 0 ? default : call[options.PatternAt];
        var steps = options.PatternAt == 0 ? 0 : (long)read.Value.Length * GlobPattern.StepsPerByte(wanted);
        using var turn = await call.BeginLongAsync(steps);
        var map = HashMap.Of(read);
        var pattern = options.PatternAt == 0 ? default : call[options.PatternAt];
        var page = new Page(new RespReply(found.Buffer), pattern, options.PatternAt != 0);
        var next = map.IsHashed ? page.TakeFrom(map, options) : page.TakeAll(map);
        KeyScans.WriteCursor(call.Reply, next);
        call.Reply.ArrayHead(2 * page.Fields);
        call.Reply.Raw(found.Buffer.Written);
    }

    /// <summary>HRANDFIELD key [count [WITHVALUES]].</summary>
    public static async ValueTask HRandField(RespCall call)
    {
        long count = 1;
        if (call.Count > 2 && !TryCount(call, out count)) return;
        using var read = await ReadAll(call);
        if (Steps.FailedOrValue(call, read)) return;
        var map = HashMap.Of(read);
        if (call.Count == 2)
        {
            if (map.Count == 0) call.Reply.Null();
            else call.Reply.Bulk(At(map, Starts(map), Random.Shared.Next(map.Count)).Name);
            return;
        }

        if (count < 0 && map.Count > 0 && -count > RepeatedBytesMax / (16 + read.Value.Length / map.Count))
        {
            call.Reply.Error("ERR value is out of range"u8);
            return;
        }

        WriteRandom(call, map, count, call.Count == 4);
    }

    private static ReadOnlySpan<byte> LeastCount =>
        "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"u8;

    private static ValueTask<EntryResult> ReadAll(RespCall call) =>
        call.SendAsync(new CacheCommand { Opcode = Opcode.Get, Path = call[1] });

    private static bool TryCount(RespCall call, out long count)
    {
        if (!call.Args.TryLong(2, out count)) call.Reply.Error(RespErrors.NotAnInteger);
        else if (count == long.MinValue) call.Reply.Error(LeastCount);
        else if (call.Count > 4 || (call.Count == 4 && !call.Args.Is(3, "WITHVALUES"u8)))
            call.Reply.Error(RespErrors.Syntax);
        else if (call.Count == 4 && (count < -long.MaxValue / 2 || count > long.MaxValue / 2))
            call.Reply.Error("ERR value is out of range"u8);
        else return true;
        return false;
    }

    private static void WriteRandom(RespCall call, FieldMap map, long count, bool withValues)
    {
        var random = Random.Shared;
        var starts = Starts(map);
        var taken = map.Count == 0 ? 0 : count < 0 ? (int)-count : (int)Math.Min(count, map.Count);
        var reply = call.Reply;
        reply.ArrayHead(withValues && !reply.IsResp3 ? 2 * taken : taken);
        for (var i = 0; i < taken; i++)
        {
            // Without repeats: the first part of a shuffle, done as far as it is needed.
            var pick = count < 0 ? random.Next(starts.Length) : random.Next(i, starts.Length);
            var field = At(map, starts, pick);
            if (withValues && reply.IsResp3) reply.ArrayHead(2);
            reply.Bulk(field.Name);
            if (withValues) reply.Bulk(field.Value);
            if (count > 0) (starts[i], starts[pick]) = (starts[pick], starts[i]);
        }
    }

    /// <summary>Where each field is, by a number that <see cref="At"/> takes.</summary>
    private static int[] Starts(FieldMap map)
    {
        var starts = new int[map.Count];
        for (var i = 0; i < starts.Length; i++) starts[i] = i;
        return starts;
    }

    private static (byte[] Name, byte[] Value) At(FieldMap map, int[] starts, int index)
    {
        if (map.IsHashed)
        {
            map.AtRank(starts[index], out _, out var name, out var value);
            return (name.ToArray(), value.ToArray());
        }

        var left = starts[index];
        foreach (var (name, value) in map)
            if (left-- == 0) return (name.ToArray(), value.ToArray());
        return ([], []);
    }

    private ref struct Page(RespReply reply, ReadOnlySpan<byte> pattern, bool filters)
    {
        private readonly ReadOnlySpan<byte> _pattern = pattern;

        public int Fields { get; private set; }

        public ulong TakeAll(FieldMap map)
        {
            foreach (var (name, value) in map) Take(name, value);
            return 0;
        }

        public ulong TakeFrom(FieldMap map, in ScanOptions options)
        {
            var cursor = (uint)Math.Min(options.Cursor, uint.MaxValue);
            var rank = map.RankOf(cursor);
            var last = 0u;
            for (var seen = 0; rank < map.Count; rank++, seen++)
            {
                map.AtRank(rank, out var hash, out var name, out var value);

                // Names of one hash stay together: the cursor can't stand between them.
                if (seen >= options.Count && hash != last) return hash;
                last = hash;
                Take(name, value);
            }

            return 0;
        }

        private void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            if (filters && !GlobPattern.Matches(_pattern, name)) return;
            reply.Bulk(name);
            reply.Bulk(value);
            Fields++;
        }
    }
}
