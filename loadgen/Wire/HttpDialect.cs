using System.Buffers.Text;
using System.Text;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Wire;

/// <summary>
/// The HTTP API over HTTP/1.1. One request at a time on a connection, as clients of HTTP do: take more connections.
/// </summary>
internal sealed class HttpDialect : WireDialect
{
    /// <summary>Bytes of a query; longer ones are cut.</summary>
    private const int QueryBytesMax = 2_048;

    private const int EscapeFactor = 3;
    private readonly byte[] _headers;
    private readonly byte[] _search;
    private readonly byte[] _instant;
    private readonly byte[] _path;

    public HttpDialect(RequestContent content, string token = "")
        : base(content)
    {
        var credentials = token.Length == 0 ? "" : $"Authorization: Bearer {token}\r\n";
        _headers = Encoding.UTF8.GetBytes($" HTTP/1.1\r\nHost: loadgen\r\n{credentials}");
        _search = Encoding.UTF8.GetBytes($"GET /v1/collections/{Uri.EscapeDataString(content.Collection)}/search?size="
            + $"{content.SearchSize}&allowPartial=false&q=");
        var fields = Uri.EscapeDataString(string.Join(',', content.SearchFields));
        _instant = Encoding.UTF8.GetBytes(
            $"GET /v1/collections/{Uri.EscapeDataString(content.Collection)}/instant?size={content.SearchSize}"
            + $"&allowPartial=false&fields={fields}&highlight={fields}&q=");
        _path = new byte[content.Paths.BytesMax];
    }

    /// <summary>Room for the longest query that fits a request line of the server, and for a scan.</summary>
    public override int RequestBytesMax => Math.Max(
        (EscapeFactor * (Content.Paths.BytesMax + QueryBytesMax)) + Content.Values.Length,
        Content.ScanKeysMax * ((EscapeFactor * Content.Paths.BytesMax) + _headers.Length + 32))
        + _headers.Length + Math.Max(_search.Length, _instant.Length) + FrameBytesMax;

    public override int InFlightMax => 1;

    /// <summary>There is no read of many: a scan is so many reads sent together.</summary>
    public override int RepliesOf(in Operation operation) =>
        operation.Kind == OperationKind.Scan ? operation.Count : 1;

    public override int Write(Span<byte> output, in Operation operation, uint id)
    {
        var writer = new WireWriter(output, Content.Paths);
        switch (operation.Kind)
        {
            case OperationKind.Get or OperationKind.Modify:
                WriteGet(ref writer, operation.Key);
                return writer.Length;
            case OperationKind.Scan:
                for (var i = 0; i < operation.Count; i++) WriteGet(ref writer, operation.Key + i);
                return writer.Length;
            case OperationKind.Delete:
                writer.Bytes("DELETE "u8);
                Target(ref writer, operation.Key);
                break;
            case OperationKind.Search or OperationKind.Instant:
                writer.Bytes(operation.Kind == OperationKind.Search ? _search : _instant);
                var query = Encoding.UTF8.GetBytes(operation.Query);
                writer.Escaped(query.AsSpan(0, Math.Min(query.Length, QueryBytesMax)), keepSlash: false);
                break;
            default:
                WritePut(ref writer, operation);
                return writer.Length;
        }

        writer.Bytes(_headers);
        writer.Bytes("\r\n"u8);
        return writer.Length;
    }

    public override WireReply Read(ReadOnlySpan<byte> input)
    {
        var head = input.IndexOf("\r\n\r\n"u8);
        if (head < 0) return default;
        if (!input.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(input[9..], out int status, out _))
            throw Unexpected(input);
        var body = head + 4;
        var outcome = status switch { >= 200 and < 300 => Outcome.Ok, 404 => Outcome.Miss, _ => Outcome.Failed };
        var length = BodyLength(input[..(head + 2)], input[body..], hasBody: status is not (204 or 304));
        return length < 0 || input.Length < body + length ? default : new WireReply(body + length, outcome);
    }

    private void WriteGet(ref WireWriter writer, long key)
    {
        writer.Bytes("GET "u8);
        Target(ref writer, key);
        writer.Bytes(_headers);
        writer.Bytes("\r\n"u8);
    }

    private void WritePut(ref WireWriter writer, in Operation operation)
    {
        writer.Bytes("PUT "u8);
        Target(ref writer, operation.Key);
        writer.Bytes(_headers);
        if (operation.TtlSeconds > 0)
        {
            writer.Bytes("Hedgerow-TTL: "u8);
            writer.Number(operation.TtlSeconds);
            writer.Bytes("s\r\n"u8);
        }

        writer.Bytes("Content-Length: "u8);
        writer.Number(operation.ValueBytes);
        writer.Bytes("\r\n\r\n"u8);
        writer.Bytes(Content.Value(operation.ValueBytes));
    }

    private void Target(ref WireWriter writer, long key)
    {
        var path = _path.AsSpan(0, Content.Paths.Write(_path, key));
        writer.Bytes("/v1/entries"u8);
        if (path[0] != (byte)'/') writer.Bytes("?path="u8);
        writer.Escaped(path, keepSlash: path[0] == (byte)'/');
    }

    /// <summary>Bytes of the body with its chunk marks; -1 when it has not come whole.</summary>
    private static int BodyLength(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> body, bool hasBody)
    {
        if (!hasBody) return 0;
        if (Header(headers, "Content-Length: "u8) is { Length: > 0 } length)
            return Utf8Parser.TryParse(length, out int bytes, out _) ? bytes : throw Unexpected(length);
        if (Header(headers, "Transfer-Encoding: "u8).IsEmpty) return 0;
        for (var at = 0; ;)
        {
            var line = body[at..].IndexOf("\r\n"u8);
            if (line < 0) return -1;
            if (!Utf8Parser.TryParse(body.Slice(at, line), out int chunk, out _, 'x')) throw Unexpected(body[at..]);
            at += line + 2 + chunk + 2;
            if (chunk == 0) return at <= body.Length ? at : -1;
            if (at > body.Length) return -1;
        }
    }

    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> name)
    {
        while (headers.Length > 0)
        {
            var end = headers.IndexOf("\r\n"u8);
            var line = headers[..end];
            // Names of headers are of either case (RFC 9110).
            if (line.Length > name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name))
                return line[name.Length..];
            headers = headers[(end + 2)..];
        }

        return default;
    }
}
