using Hedgerow.Protocol;
using Hedgerow.Server.Metrics;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>Statuses that memcached has no answer for, as its two kinds of error line.</summary>
internal static class ErrorLines
{
    private const int TextBytesMax = 400;

    /// <summary>Writes the line of a status.</summary>
    /// <param name="output">Gets the line.</param>
    /// <param name="status">Not Ok.</param>
    /// <param name="text">What the server said; empty for none.</param>
    public static void Write(ReplyBuffer output, StatusCode status, ReadOnlySpan<byte> text)
    {
        switch (status)
        {
            case StatusCode.TooLarge:
                output.Write(ErrorText.TooLarge);
                return;
            case StatusCode.Overloaded when text.IsEmpty:
                output.Write(ErrorText.OutOfMemory);
                return;
            case StatusCode.NotANumber:
                output.Write(ErrorText.NotNumeric);
                return;
        }

        var isClients = status is StatusCode.BadRequest or StatusCode.BadDocument or StatusCode.WrongKind;
        output.Write(isClients ? "CLIENT_ERROR "u8 : "SERVER_ERROR "u8);
        if (text.IsEmpty) WriteWord(output, status);
        else WriteText(output, text);
        output.Write("\r\n"u8);
    }

    private static void WriteWord(ReplyBuffer output, StatusCode status)
    {
        if (status == StatusCode.WrongKind)
        {
            output.Write("the entry is a map of fields"u8);
            return;
        }

        foreach (var letter in Words.Of(status))
        {
            output.GetSpan(1)[0] = letter == '_' ? (byte)' ' : (byte)letter;
            output.Advance(1);
        }
    }

    // An answer is one line: what would end it is left out.
    private static void WriteText(ReplyBuffer output, ReadOnlySpan<byte> text)
    {
        if (text.Length > TextBytesMax) text = text[..TextBytesMax];
        var begin = output.Length;
        output.Write(text);
        foreach (ref var letter in output.WrittenSpan[begin..])
            if (letter is < 0x20 or 0x7F) letter = (byte)' ';
    }
}
