using System.Buffers.Text;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Wire;

/// <summary>memcached's text protocol: get of one and of many, set and delete.</summary>
internal sealed class MemcachedDialect(RequestContent content, TimeProvider? time = null) : WireDialect(content)
{
    /// <summary>A time to live above this is an instant to the protocol, in seconds since 1970.</summary>
    private const int TtlSecondsMax = 30 * 24 * 60 * 60;

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    public override int Write(Span<byte> output, in Operation operation, uint id)
    {
        var writer = new WireWriter(output, Content.Paths);
        switch (operation.Kind)
        {
            case OperationKind.Get or OperationKind.Modify:
                writer.Bytes("get "u8);
                writer.Path(operation.Key);
                break;
            case OperationKind.Delete:
                writer.Bytes("delete "u8);
                writer.Path(operation.Key);
                break;
            case OperationKind.Scan:
                writer.Bytes("get"u8);
                for (var i = 0; i < operation.Count; i++)
                {
                    writer.Bytes(" "u8);
                    writer.Path(operation.Key + i);
                }

                break;
            default:
                writer.Bytes("set "u8);
                writer.Path(operation.Key);
                writer.Bytes(" 0 "u8);
                writer.Number(ExpiryOf(operation.TtlSeconds));
                writer.Bytes(" "u8);
                writer.Number(operation.ValueBytes);
                writer.Bytes("\r\n"u8);
                writer.Bytes(Content.Value(operation.ValueBytes));
                break;
        }

        writer.Bytes("\r\n"u8);
        return writer.Length;
    }

    public override WireReply Read(ReadOnlySpan<byte> input)
    {
        var at = 0;
        while (true)
        {
            var rest = input[at..];
            var end = rest.IndexOf("\r\n"u8);
            if (end < 0) return default;
            var line = rest[..end];
            if (!line.StartsWith("VALUE "u8)) return new WireReply(at + end + 2, OutcomeOf(line, hasValues: at > 0));
            var size = line[(line.LastIndexOf((byte)' ') + 1)..];
            if (!Utf8Parser.TryParse(size, out int length, out var used) || used != size.Length || length < 0)
                throw Unexpected(rest);
            if (rest.Length < end + 2 + length + 2) return default;
            at += end + 2 + length + 2;
        }
    }

    private long ExpiryOf(int ttlSeconds) =>
        ttlSeconds <= TtlSecondsMax ? ttlSeconds : _time.GetUtcNow().ToUnixTimeSeconds() + ttlSeconds;

    private static Outcome OutcomeOf(ReadOnlySpan<byte> line, bool hasValues) =>
        line.SequenceEqual("END"u8) ? hasValues ? Outcome.Ok : Outcome.Miss
        : line.SequenceEqual("STORED"u8) || line.SequenceEqual("DELETED"u8) ? Outcome.Ok
        : line.SequenceEqual("NOT_FOUND"u8) ? Outcome.Miss
        : Outcome.Failed;
}
