using System.Buffers.Text;
using System.Text;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Wire;

/// <summary>memcached's text protocol: get and set.</summary>
internal sealed class MemcachedDialect(WireKeys keys, byte[] value) : WireDialect
{
    private readonly byte[] _setTail =
        [.. Encoding.ASCII.GetBytes($" 0 0 {value.Length}\r\n"), .. value, .. "\r\n"u8];

    public override int RequestBytesMax => 4 + keys.Length + _setTail.Length;

    public override int WriteGet(Span<byte> output, long key, uint id) => Write(output, "get "u8, key, "\r\n"u8);

    public override int WriteSet(Span<byte> output, long key, uint id) => Write(output, "set "u8, key, _setTail);

    public override int Read(ReadOnlySpan<byte> input, ref uint id, out Outcome outcome)
    {
        outcome = Outcome.Ok;
        var end = input.IndexOf("\r\n"u8);
        if (end < 0) return 0;
        var line = input[..end];
        if (line.StartsWith("VALUE "u8))
        {
            var size = line[(line.LastIndexOf((byte)' ') + 1)..];
            if (!Utf8Parser.TryParse(size, out int length, out var used) || used != size.Length)
                throw Unexpected(input);
            var whole = end + 2 + length + 2 + "END\r\n"u8.Length;
            return input.Length >= whole ? whole : 0;
        }

        if (line.SequenceEqual("END"u8)) outcome = Outcome.Miss;
        else if (!line.SequenceEqual("STORED"u8)) outcome = Outcome.Failed;
        return end + 2;
    }

    private int Write(Span<byte> output, ReadOnlySpan<byte> head, long key, ReadOnlySpan<byte> tail)
    {
        head.CopyTo(output);
        keys.Write(output[head.Length..], key);
        tail.CopyTo(output[(head.Length + keys.Length)..]);
        return head.Length + keys.Length + tail.Length;
    }
}
