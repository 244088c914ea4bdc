using System.Buffers.Text;
using Hedgerow.LoadGen.Keys;

namespace Hedgerow.LoadGen.Wire;

/// <summary>Puts the pieces of a request one after the other.</summary>
internal ref struct WireWriter(Span<byte> output, PathNames paths)
{
    private readonly Span<byte> _output = output;

    public int Length { get; private set; }

    public void Bytes(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_output[Length..]);
        Length += bytes.Length;
    }

    public void Number(long number)
    {
        _ = Utf8Formatter.TryFormat(number, _output[Length..], out var written);
        Length += written;
    }

    public void Path(long key) => Length += paths.Write(_output[Length..], key);

    /// <summary>Bytes of a text as a URL has them: all but letters, digits and a few signs escaped.</summary>
    public void Escaped(scoped ReadOnlySpan<byte> bytes, bool keepSlash)
    {
        foreach (var b in bytes)
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~'
                || (keepSlash && b == (byte)'/'))
            {
                _output[Length++] = b;
                continue;
            }

            _output[Length++] = (byte)'%';
            _output[Length++] = "0123456789ABCDEF"u8[b >> 4];
            _output[Length++] = "0123456789ABCDEF"u8[b & 15];
        }
    }
}
