using System.Buffers.Text;
using System.Text;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Wire;

/// <summary>RESP2: GET and SET of bulk strings.</summary>
internal sealed class RespDialect : WireDialect
{
    private readonly WireKeys _keys;
    private readonly byte[] _get;
    private readonly byte[] _set;
    private readonly byte[] _setTail;

    public RespDialect(WireKeys keys, byte[] value)
    {
        _keys = keys;
        _get = Encoding.ASCII.GetBytes($"*2\r\n$3\r\nGET\r\n${keys.Length}\r\n");
        _set = Encoding.ASCII.GetBytes($"*3\r\n$3\r\nSET\r\n${keys.Length}\r\n");
        _setTail = [.. Encoding.ASCII.GetBytes($"\r\n${value.Length}\r\n"), .. value, .. "\r\n"u8];
    }

    public override int RequestBytesMax => _set.Length + _keys.Length + _setTail.Length;

    public override int WriteGet(Span<byte> output, long key, uint id) => Write(output, _get, key, "\r\n"u8);

    public override int WriteSet(Span<byte> output, long key, uint id) => Write(output, _set, key, _setTail);

    public override int Read(ReadOnlySpan<byte> input, ref uint id, out Outcome outcome)
    {
        outcome = Outcome.Ok;
        var end = input.IndexOf("\r\n"u8);
        if (end < 0) return 0;
        switch (input[0])
        {
            case (byte)'+' or (byte)':':
                return end + 2;
            case (byte)'-':
                outcome = Outcome.Failed;
                return end + 2;
            case (byte)'_':
                outcome = Outcome.Miss;
                return end + 2;
            case (byte)'$' when Utf8Parser.TryParse(input[1..end], out int length, out var used) && used == end - 1:
                if (length < 0)
                {
                    outcome = Outcome.Miss;
                    return end + 2;
                }

                return input.Length >= end + 2 + length + 2 ? end + 2 + length + 2 : 0;
            default:
                throw Unexpected(input);
        }
    }

    private int Write(Span<byte> output, ReadOnlySpan<byte> head, long key, ReadOnlySpan<byte> tail)
    {
        head.CopyTo(output);
        _keys.Write(output[head.Length..], key);
        tail.CopyTo(output[(head.Length + _keys.Length)..]);
        return head.Length + _keys.Length + tail.Length;
    }
}
