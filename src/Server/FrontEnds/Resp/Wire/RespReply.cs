using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>
/// Writes answers in the form that the client's protocol version has for them. Whoever writes is responsible for the
/// shape: one value a command, and as many elements as a header announced.
/// </summary>
internal sealed class RespReply
{
    /// <summary>Longest head of a value: a type byte, 20 digits, CR LF.</summary>
    public const int HeadBytesMax = 24;

    private const int DoubleBytesMax = 32;

    private readonly IBufferWriter<byte> _output;

    /// <param name="output">Takes the bytes.</param>
    public RespReply(IBufferWriter<byte> output)
    {
        _output = output;
    }

    /// <summary>2 or 3: what HELLO agreed on.</summary>
    public int Protocol { get; set; } = 2;

    /// <summary>Errors written so far; wraps around.</summary>
    public int Errors { get; private set; }

    /// <summary>Whether answers have the forms of RESP3.</summary>
    public bool IsResp3 => Protocol == 3;

    /// <summary>Where the bytes go, for what has no method here.</summary>
    public IBufferWriter<byte> Output => _output;

    /// <summary>Bytes that are an answer already.</summary>
    public void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_output.GetSpan(bytes.Length));
        _output.Advance(bytes.Length);
    }

    /// <summary><c>+OK</c>.</summary>
    public void Ok() => Raw("+OK\r\n"u8);

    /// <summary><c>+QUEUED</c>.</summary>
    public void Queued() => Raw("+QUEUED\r\n"u8);

    /// <summary>A simple string. It must have no line end in it.</summary>
    public void Simple(ReadOnlySpan<byte> text) => Line((byte)'+', text);

    /// <summary>An error with its code, such as <c>ERR syntax error</c>. Line ends in it become blanks.</summary>
    public void Error(ReadOnlySpan<byte> text)
    {
        CountError();
        var span = _output.GetSpan(text.Length + 3);
        span[0] = (byte)'-';
        text.CopyTo(span[1..]);
        var body = span.Slice(1, text.Length);
        body.ReplaceAny(SearchValues.Create("\r\n"u8), (byte)' ');
        span[text.Length + 1] = (byte)'\r';
        span[text.Length + 2] = (byte)'\n';
        _output.Advance(text.Length + 3);
    }

    /// <summary>An answer that is an error is written in another way.</summary>
    public void CountError() => Errors++;

    /// <summary>An error with its code.</summary>
    public void Error(string text) => Error(Encoding.UTF8.GetBytes(text));

    /// <summary>An error that shows bytes of a client as they came: each character is one.</summary>
    public void ErrorInBytes(string text) => Error(Encoding.Latin1.GetBytes(text));

    /// <summary>An integer.</summary>
    public void Integer(long value) => Head((byte)':', value);

    /// <summary>A bulk string.</summary>
    public void Bulk(ReadOnlySpan<byte> value)
    {
        Head((byte)'$', value.Length);
        var span = _output.GetSpan(value.Length + 2);
        value.CopyTo(span);
        span[value.Length] = (byte)'\r';
        span[value.Length + 1] = (byte)'\n';
        _output.Advance(value.Length + 2);
    }

    /// <summary>A bulk string of text.</summary>
    public void Bulk(string value) => Bulk(Encoding.UTF8.GetBytes(value));

    /// <summary>A bulk string of a number's decimal digits.</summary>
    public void BulkInteger(long value)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out var length);
        Bulk(digits[..length]);
    }

    /// <summary>No value, where one value was asked for.</summary>
    public void Null() => Raw(IsResp3 ? "_\r\n"u8 : "$-1\r\n"u8);

    /// <summary>No array, as an aborted EXEC answers.</summary>
    public void NullArray() => Raw(IsResp3 ? "_\r\n"u8 : "*-1\r\n"u8);

    /// <summary>Head of an array; its elements follow.</summary>
    public void ArrayHead(int count) => Head((byte)'*', count);

    /// <summary>Head of a map; key, value, key, value follow. An array of twice as many in RESP2.</summary>
    public void MapHead(int pairs)
    {
        if (IsResp3) Head((byte)'%', pairs);
        else Head((byte)'*', 2L * pairs);
    }

    /// <summary>Head of a set; its elements follow. An array in RESP2.</summary>
    public void SetHead(int count) => Head(IsResp3 ? (byte)'~' : (byte)'*', count);

    /// <summary>Head of a message that answers no command. An array in RESP2.</summary>
    public void PushHead(int count) => Head(IsResp3 ? (byte)'>' : (byte)'*', count);

    /// <summary>True or false; 1 or 0 in RESP2.</summary>
    public void Boolean(bool value)
    {
        if (IsResp3) Raw(value ? "#t\r\n"u8 : "#f\r\n"u8);
        else Integer(value ? 1 : 0);
    }

    /// <summary>A floating-point number; a bulk string of its digits in RESP2.</summary>
    public void Double(double value)
    {
        Span<byte> text = stackalloc byte[DoubleBytesMax];
        var length = FormatDouble(value, text);
        if (IsResp3) Line((byte)',', text[..length]);
        else Bulk(text[..length]);
    }

    /// <summary>Text for people; <paramref name="format"/> has three bytes. A bulk string in RESP2.</summary>
    public void Verbatim(ReadOnlySpan<byte> format, ReadOnlySpan<byte> text)
    {
        if (!IsResp3)
        {
            Bulk(text);
            return;
        }

        Head((byte)'=', text.Length + 4);
        Raw(format);
        Raw(":"u8);
        Raw(text);
        Raw("\r\n"u8);
    }

    /// <summary>Writes a type byte, a number and a line end.</summary>
    public void Head(byte type, long number)
    {
        var span = _output.GetSpan(HeadBytesMax);
        span[0] = type;
        int length;
        if ((ulong)number < 10)
        {
            span[1] = (byte)('0' + number);
            length = 1;
        }
        else
        {
            Utf8Formatter.TryFormat(number, span[1..], out length);
        }

        span[length + 1] = (byte)'\r';
        span[length + 2] = (byte)'\n';
        _output.Advance(length + 3);
    }

    private static int FormatDouble(double value, Span<byte> text)
    {
        if (double.IsNaN(value)) return Copy("nan"u8, text);
        if (double.IsInfinity(value)) return Copy(value > 0 ? "inf"u8 : "-inf"u8, text);
        value.TryFormat(text, out var length, "R", CultureInfo.InvariantCulture);
        return length;
    }

    private static int Copy(ReadOnlySpan<byte> word, Span<byte> text)
    {
        word.CopyTo(text);
        return word.Length;
    }

    private void Line(byte type, ReadOnlySpan<byte> text)
    {
        var span = _output.GetSpan(text.Length + 3);
        span[0] = type;
        text.CopyTo(span[1..]);
        span[text.Length + 1] = (byte)'\r';
        span[text.Length + 2] = (byte)'\n';
        _output.Advance(text.Length + 3);
    }
}
