using System.Buffers.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>
/// KEYS, SCAN and RANDOMKEY, over every shard: entries, not documents. What may take long leaves the loop, so that no
/// neighbour waits for it: see <see cref="LongReads"/>.
/// </summary>
internal static class KeyScans
{
    private const int PageOfAll = 1_000;

    /// <summary>Bytes that a key is taken for where each of them is looked at once.</summary>
    private const int KeyBytesTypical = 128;

    /// <summary>Pages that RANDOMKEY looks at before it says that there is no key.</summary>
    private const int RandomPagesMax = 100_000;

    /// <summary>SCAN cursor [MATCH pattern] [COUNT count] [TYPE type].</summary>
    public static async ValueTask Scan(RespCall call)
    {
        if (!ScanOptions.TryBegin(call, 1, out var options)) return;
        if (!ScanOptions.TryEnd(call, 1, takesType: true, ref options)) return;
        using var found = new Scratch(call);
        using var turn = await call.BeginLongAsync(StepsOf(call, options));
        var page = await ReadPage(call, options.Cursor, options.Count, options, found.Buffer);
        if (page.Failed) return;
        WriteCursor(call.Reply, page.Next);
        call.Reply.ArrayHead(page.Matches);
        call.Reply.Raw(found.Buffer.Written);
    }

    /// <summary>KEYS pattern.</summary>
    public static async ValueTask Keys(RespCall call)
    {
        if (!GlobPattern.Takes(call[1], call.Reply)) return;
        var options = new ScanOptions { PatternAt = GlobPattern.IsAll(call[1]) ? 0 : 1 };
        using var turn = new LongReads.Later(call);
        if (StepsOf(call, options with { Count = PageOfAll }) > LongReads.StepsMax) await turn.BreatheAsync();
        using var found = new Scratch(call);
        var matches = 0;
        ulong cursor = 0;
        do
        {
            var page = await ReadPage(call, cursor, PageOfAll, options, found.Buffer);
            if (page.Failed || Steps.IsTooMuch(call, found.Buffer.Length)) return;
            matches += page.Matches;
            cursor = page.Next;
            if (cursor != 0) await turn.BreatheAsync();
        }
        while (cursor != 0);

        call.Reply.ArrayHead(matches);
        call.Reply.Raw(found.Buffer.Written);
    }

    /// <summary>RANDOMKEY: walks from a random place to the first key; not all are equally likely.</summary>
    public static async ValueTask RandomKey(RespCall call)
    {
        var random = Random.Shared;
        var cursor = (ulong)random.NextInt64(0, 1L << EntryScanCodec.ShardShift)
            | ((ulong)random.Next(call.Executor.Shards) << EntryScanCodec.ShardShift);
        var wrapped = false;
        using var turn = new LongReads.Later(call);
        for (var pages = 0; pages < RandomPagesMax; pages++)
        {
            using var found = new Scratch(call);
            var page = await ReadPage(call, cursor, 1, default, found.Buffer);
            if (page.Failed) return;
            if (page.Matches > 0)
            {
                WriteOneOf(call.Reply, found.Buffer.Written, random.Next(page.Matches));
                return;
            }

            // Many pages without a key: it may take a while.
            await turn.BreatheAsync();
            cursor = page.Next;
            if (cursor != 0) continue;
            if (wrapped) break;
            wrapped = true;
        }

        call.Reply.Null();
    }

    /// <summary>The cursor, as the text that clients give back.</summary>
    public static void WriteCursor(RespReply reply, ulong cursor)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(cursor, digits, out var length);
        reply.ArrayHead(2);
        reply.Bulk(digits[..length]);
    }

    // Where a pattern may go back, keys are taken for as long as they can be.
    private static long StepsOf(RespCall call, in ScanOptions options)
    {
        var perByte = options.PatternAt == 0 ? 1 : GlobPattern.StepsPerByte(call[options.PatternAt]);
        var keyBytes = perByte == 1 ? KeyBytesTypical : ProtocolLimits.PathBytesMax;
        return (long)options.Count * keyBytes * perByte;
    }

    private static async ValueTask<Page> ReadPage(
        RespCall call, ulong cursor, int count, ScanOptions options, RespBuffer found)
    {
        using var request = new Scratch(call);
        EntryScanCodec.Write(request.Buffer.GetSpan(EntryScanCodec.RequestBytes), cursor, count);
        request.Buffer.Advance(EntryScanCodec.RequestBytes);
        using var reply = await call.SendAsync(Opcode.EntryScan, FrameFlags.None, request.Buffer.WrittenMemory);
        if (reply.Status == StatusCode.Ok && TryTake(call, reply.Body.Span, options, found, out var page)) return page;
        RespErrors.WriteFailure(call.Reply, reply.Status, reply.Body.Span);
        return new Page(0, 0, Failed: true);
    }

    private static bool TryTake(
        RespCall call, ReadOnlySpan<byte> body, in ScanOptions options, RespBuffer found, out Page page)
    {
        page = default;
        if (!EntryScanCodec.TryReadPage(body, out var rows, out _)) return false;
        var pattern = options.PatternAt == 0 ? default : call[options.PatternAt];
        var writer = new RespReply(found);
        var matches = 0;
        while (rows.MoveNext())
        {
            if (!options.Wants(rows.Kind)) continue;
            call.Cancel.ThrowIfCancellationRequested();
            if (options.PatternAt != 0 && !GlobPattern.Matches(pattern, rows.Path)) continue;
            writer.Bulk(rows.Path);
            matches++;
        }

        page = new Page(rows.Cursor, matches, Failed: false);
        return true;
    }

    private static void WriteOneOf(RespReply reply, ReadOnlySpan<byte> bulks, int skip)
    {
        for (; ; skip--)
        {
            var end = bulks.IndexOf((byte)'\n') + 1;
            _ = Utf8Parser.TryParse(bulks[1..], out int length, out _);
            end += length + 2;
            if (skip == 0)
            {
                reply.Raw(bulks[..end]);
                return;
            }

            bulks = bulks[end..];
        }
    }

    private readonly record struct Page(ulong Next, int Matches, bool Failed);
}
