using System.Buffers;
using System.Text;

namespace Hedgerow.Protocol.Tests;

/// <summary>The hand-packed messages of fields, transactions and scans.</summary>
internal static class OperationSamples
{
    public static IReadOnlyList<Sample> All { get; } =
    [
        Head(), Values(), Map("field-map", 2), Map("field-map-hashed", 17), Transact(), TransactReply(), Scan(), Page(),
        Messages(), Listener(),
    ];

    /// <summary>A map of so many fields, in order.</summary>
    public static byte[] MapOf(int fields)
    {
        var map = Array.Empty<byte>();
        for (var i = 0; i < fields; i++)
        {
            using var edit = FieldMapEdit.Set(
                FieldMap.Over(map), Encoding.UTF8.GetBytes($"field {i}"), Encoding.UTF8.GetBytes($"value {i * i}"));
            var next = new byte[edit.Bytes];
            edit.WriteTo(next);
            map = next;
        }

        return map;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private static Sample Head()
    {
        var bytes = new byte[HeadBody.Length];
        new HeadBody(7, 1_800_000_000_000, EntryKind.Fields, 3_000).WriteTo(bytes);
        return new Sample(
            "head",
            bytes,
            body => HeadBody.TryRead(body.Span, out var head) ? (head.ToString(), null) : (null, "shorter than a head"),
            new HeadBody(7, 1_800_000_000_000, EntryKind.Fields, 3_000).ToString(),
            IsMessagePack: false);
    }

    private static Sample Values()
    {
        var output = new ArrayBufferWriter<byte>();
        FieldValues.WritePresent(output, "Ada"u8);
        FieldValues.WriteAbsent(output);
        FieldValues.WritePresent(output, ""u8);
        return new Sample(
            "field-values",
            output.WrittenSpan.ToArray(),
            body =>
            {
                if (!FieldValues.TryRead(body.Span, out var values, out var error)) return (null, error);
                var dump = new StringBuilder();
                while (values.MoveNext()) dump.Append(values.IsPresent ? $"'{Text(values.Value)}' " : "- ");
                return (dump.ToString(), null);
            },
            "'Ada' - '' ",
            IsMessagePack: false,
            // Rows go on to the end, so that a body cut between two is whole.
            EndsInValue: true);
    }

    private static Sample Map(string name, int fields) => new(
        name,
        MapOf(fields),
        body =>
        {
            if (!FieldMap.TryRead(body.Span, out var map, out var error)) return (null, error);
            var dump = new StringBuilder();
            foreach (var (field, value) in map) dump.Append($"{Text(field)}={Text(value)};");
            return (dump.ToString(), null);
        },
        string.Concat(Enumerable.Range(0, fields).Select(i => $"field {i}=value {i * i};")),
        IsMessagePack: false);

    private static Sample Transact()
    {
        var output = new ArrayBufferWriter<byte>();
        TransactCodec.Begin(output, version: 9, checks: 2, writes: 3);
        TransactCodec.WriteCheck(output, CommandSamples.Path, 8);
        TransactCodec.WriteCheck(output, "/b/{42}"u8, 0);
        TransactCodec.WriteWrite(output, new CacheCommand
        {
            Opcode = Opcode.Set, Path = CommandSamples.Path, Value = "Ada"u8, EntryFlags = 7, ExpiresAtMs = 5,
        });
        TransactCodec.WriteWrite(output, new CacheCommand { Opcode = Opcode.Delete, Path = "/b/{42}"u8 });
        TransactCodec.WriteWrite(
            output, new CacheCommand { Opcode = Opcode.Touch, Path = "/c/{42}"u8, ExpiresAtMs = 6 });
        return new Sample(
            "transact",
            output.WrittenSpan.ToArray(),
            body =>
            {
                if (TransactCodec.TryRead(body.Span, out var request, out var error) != StatusCode.Ok)
                    return (null, error);
                var dump = new StringBuilder($"{request.Version}:");
                while (request.NextCheck()) dump.Append($" {Text(request.CheckPath)}@{request.CheckVersion}");
                while (request.NextWrite())
                {
                    var write = request.Write;
                    dump.Append($" {write.Opcode} {Text(write.Path)} '{Text(write.Value)}' {write.ExpiresAtMs}");
                }

                return (dump.ToString(), null);
            },
            "9: /user/{42}/name@8 /b/{42}@0 Set /user/{42}/name 'Ada' 5 Delete /b/{42} '' 0 Touch /c/{42} '' 6",
            IsMessagePack: false);
    }

    private static Sample TransactReply()
    {
        var output = new ArrayBufferWriter<byte>();
        TransactCodec.BeginReply(output, 3);
        TransactCodec.WriteResult(output, StatusCode.Ok);
        TransactCodec.WriteResult(output, StatusCode.NotFound);
        TransactCodec.WriteResult(output, StatusCode.Ok);
        output.Write<byte>([2, 0]);
        return new Sample(
            "transact-reply",
            output.WrittenSpan.ToArray(),
            body =>
            {
                if (!TransactCodec.TryReadReply(body.Span, out var reply, out var error)) return (null, error);
                var dump = new StringBuilder($"{reply.Count} on {reply.Replicas}:");
                while (reply.MoveNext()) dump.Append($" {reply.Status}");
                return (dump.ToString(), null);
            },
            "3 on 2: Ok NotFound Ok",
            IsMessagePack: false,
            // A leaf's ends before the replicas.
            EndsInValue: true);
    }

    private static Sample Messages()
    {
        var output = new ArrayBufferWriter<byte>();
        MessageCodec.WriteHead(output, 77);
        MessageCodec.WriteRow(output, MessageKind.Channel, "news"u8, "hello"u8);
        MessageCodec.WriteRow(output, MessageKind.Shard, "{42}"u8, ""u8);
        return new Sample(
            "messages",
            output.WrittenSpan.ToArray(),
            body =>
            {
                if (!MessageCodec.TryRead(body.Span, out var number, out var rows, out var error)) return (null, error);
                var dump = new StringBuilder($"{number}, {rows.Count}:");
                while (rows.MoveNext()) dump.Append($" {rows.Kind} {Text(rows.Channel)} '{Text(rows.Message)}'");
                return (dump.ToString(), null);
            },
            "77, 2: Channel news 'hello' Shard {42} ''",
            IsMessagePack: false,
            // Rows go on to the end, so that a body cut between two is whole.
            EndsInValue: true);
    }

    private static Sample Listener()
    {
        var output = new ArrayBufferWriter<byte>();
        MessageCodec.WriteListen(output, 77, 5_000);
        return new Sample(
            "listener",
            output.WrittenSpan.ToArray(),
            body => MessageCodec.TryReadListen(body.Span, out var listener, out var waitMs)
                ? ($"{listener} {waitMs}", null)
                : (null, "of another length"),
            "77 5000",
            IsMessagePack: false);
    }

    private static Sample Scan()
    {
        var bytes = new byte[EntryScanCodec.RequestBytes];
        EntryScanCodec.Write(bytes, (3UL << EntryScanCodec.ShardShift) | 77, 10);
        return new Sample(
            "entry-scan",
            bytes,
            body => EntryScanCodec.TryRead(body.Span, out var cursor, out var count, out var error)
                ? ($"{cursor:x} {count}", null)
                : (null, error),
            "300000000004d 10",
            IsMessagePack: false);
    }

    private static Sample Page()
    {
        var output = new ArrayBufferWriter<byte>();
        EntryScanCodec.Begin(output);
        EntryScanCodec.WriteRow(output, EntryKind.Value, "/a"u8);
        EntryScanCodec.WriteRow(output, EntryKind.Fields, CommandSamples.Path);
        var bytes = output.WrittenSpan.ToArray();
        EntryScanCodec.Finish(bytes, 78);
        return new Sample(
            "entry-scan-page",
            bytes,
            body =>
            {
                if (!EntryScanCodec.TryReadPage(body.Span, out var page, out var error)) return (null, error);
                var dump = new StringBuilder($"{page.Cursor}:");
                while (page.MoveNext()) dump.Append($" {page.Kind} {Text(page.Path)}");
                return (dump.ToString(), null);
            },
            "78: Value /a Fields /user/{42}/name",
            IsMessagePack: false,
            EndsInValue: true);
    }
}
