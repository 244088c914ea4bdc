using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Wire;

/// <summary>RESP2: GET, SET, MGET and DEL of bulk strings, and FT.SEARCH.</summary>
internal sealed class RespDialect(RequestContent content, string token = "") : WireDialect(content)
{
    /// <summary>Lists within lists of a reply: hits have their fields in one.</summary>
    private const int DepthMax = 8;

    public override byte[] Greeting => token.Length == 0
        ? []
        : Encoding.UTF8.GetBytes($"*2\r\n$4\r\nAUTH\r\n${Encoding.UTF8.GetByteCount(token)}\r\n{token}\r\n");

    public override int Write(Span<byte> output, in Operation operation, uint id)
    {
        var writer = new WireWriter(output, Content.Paths);
        switch (operation.Kind)
        {
            case OperationKind.Get or OperationKind.Modify:
                writer.Bytes("*2\r\n$3\r\nGET\r\n"u8);
                Key(ref writer, operation.Key);
                break;
            case OperationKind.Delete:
                writer.Bytes("*2\r\n$3\r\nDEL\r\n"u8);
                Key(ref writer, operation.Key);
                break;
            case OperationKind.Scan:
                writer.Bytes("*"u8);
                writer.Number(operation.Count + 1);
                writer.Bytes("\r\n$4\r\nMGET\r\n"u8);
                for (var i = 0; i < operation.Count; i++) Key(ref writer, operation.Key + i);
                break;
            case OperationKind.Search:
                writer.Bytes("*6\r\n$9\r\nFT.SEARCH\r\n"u8);
                Text(ref writer, Content.Collection);
                Text(ref writer, operation.Query);
                writer.Bytes("$5\r\nLIMIT\r\n$1\r\n0\r\n"u8);
                Text(ref writer, Content.SearchSize.ToString(CultureInfo.InvariantCulture));
                break;
            default:
                WriteSet(ref writer, operation);
                break;
        }

        return writer.Length;
    }

    public override WireReply Read(ReadOnlySpan<byte> input)
    {
        var reply = ReadOne(input, depth: 0);
        // The answer to a search begins with how many hits there are; none is an answer.
        return reply.Bytes > 0 && input[0] == (byte)'*' && input[(input.IndexOf((byte)'\n') + 1)..].StartsWith(":"u8)
            ? reply with { Outcome = Outcome.Ok }
            : reply;
    }

    /// <summary>A list is well when one in it is.</summary>
    private static WireReply ReadList(ReadOnlySpan<byte> input, int end, int depth)
    {
        if (depth == DepthMax || !Utf8Parser.TryParse(input[1..end], out int count, out var used) || used != end - 1)
            throw Unexpected(input);
        var at = end + 2;
        var found = 0;
        for (var i = 0; i < count; i++)
        {
            var part = ReadOne(input[at..], depth + 1);
            if (part.Bytes == 0) return default;
            at += part.Bytes;
            if (part.Outcome == Outcome.Ok) found++;
        }

        return new WireReply(at, found > 0 ? Outcome.Ok : Outcome.Miss);
    }

    private static WireReply ReadOne(ReadOnlySpan<byte> input, int depth)
    {
        var end = input.IndexOf("\r\n"u8);
        if (end < 0) return default;
        switch (input[0])
        {
            case (byte)'*':
                return ReadList(input, end, depth);
            case (byte)'+':
                return new WireReply(end + 2);
            case (byte)':':
                return new WireReply(end + 2, input[1] == (byte)'0' ? Outcome.Miss : Outcome.Ok);
            case (byte)'-':
                return new WireReply(end + 2, Outcome.Failed);
            case (byte)'_':
                return new WireReply(end + 2, Outcome.Miss);
            case (byte)'$' when Utf8Parser.TryParse(input[1..end], out int length, out var used) && used == end - 1:
                if (length < 0) return new WireReply(end + 2, Outcome.Miss);
                return input.Length >= end + 2 + length + 2 ? new WireReply(end + 2 + length + 2) : default;
            default:
                throw Unexpected(input);
        }
    }

    private void WriteSet(ref WireWriter writer, in Operation operation)
    {
        writer.Bytes(operation.TtlSeconds > 0 ? "*5\r\n$3\r\nSET\r\n"u8 : "*3\r\n$3\r\nSET\r\n"u8);
        Key(ref writer, operation.Key);
        writer.Bytes("$"u8);
        writer.Number(operation.ValueBytes);
        writer.Bytes("\r\n"u8);
        writer.Bytes(Content.Value(operation.ValueBytes));
        writer.Bytes("\r\n"u8);
        if (operation.TtlSeconds == 0) return;
        Span<byte> seconds = stackalloc byte[16];
        _ = Utf8Formatter.TryFormat(operation.TtlSeconds, seconds, out var digits);
        writer.Bytes("$2\r\nEX\r\n$"u8);
        writer.Number(digits);
        writer.Bytes("\r\n"u8);
        writer.Bytes(seconds[..digits]);
        writer.Bytes("\r\n"u8);
    }

    private static void Text(ref WireWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Bytes("$"u8);
        writer.Number(bytes.Length);
        writer.Bytes("\r\n"u8);
        writer.Bytes(bytes);
        writer.Bytes("\r\n"u8);
    }

    private void Key(ref WireWriter writer, long key)
    {
        writer.Bytes("$"u8);
        writer.Number(Content.Paths.Length(key));
        writer.Bytes("\r\n"u8);
        writer.Path(key);
        writer.Bytes("\r\n"u8);
    }
}
