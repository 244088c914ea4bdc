using System.Buffers.Text;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>One line of an answer while it is put together, in the caller's own memory.</summary>
internal ref struct ReplyLine(Span<byte> room)
{
    /// <summary>
    /// Bytes that hold the longest line: a meta answer with every flag, the key in base64, and a number for the others.
    /// </summary>
    public const int BytesMax = 1_024;

    private readonly Span<byte> _room = room;
    private int _length;

    /// <summary>What was put.</summary>
    public readonly ReadOnlySpan<byte> Written => _room[.._length];

    /// <summary>Bytes put.</summary>
    public readonly int Length => _length;

    public void Put(byte letter) => _room[_length++] = letter;

    public void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_room[_length..]);
        _length += bytes.Length;
    }

    public void Put(ulong number)
    {
        Utf8Formatter.TryFormat(number, _room[_length..], out var written);
        _length += written;
    }

    public void Put(long number)
    {
        Utf8Formatter.TryFormat(number, _room[_length..], out var written);
        _length += written;
    }

    /// <summary>A blank, a letter and a number: one returned flag.</summary>
    public void PutFlag(byte letter, long number)
    {
        PutFlag(letter);
        Put(number);
    }

    /// <summary>A blank and a letter.</summary>
    public void PutFlag(byte letter)
    {
        Put((byte)' ');
        Put(letter);
    }

    /// <summary>A blank, the letter k and the key, in base64 and with a b behind it if it came so.</summary>
    public void PutKey(ReadOnlySpan<byte> key, bool isBinary)
    {
        PutFlag((byte)'k');
        if (!isBinary)
        {
            Put(key);
            return;
        }

        Base64.EncodeToUtf8(key, _room[_length..], out _, out var written);
        _length += written;
        PutFlag((byte)'b');
    }

    public void EndLine() => Put("\r\n"u8);
}
