using System.Buffers.Binary;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// The answer to a client that speaks memcached's binary protocol, in that protocol, so that it can tell its user.
/// </summary>
internal static class BinaryRefusal
{
    /// <summary>First byte of a binary request; no text command begins with it.</summary>
    public const byte RequestMagic = 0x80;

    private const byte ResponseMagic = 0x81;
    private const ushort UnknownCommand = 0x0081;
    private const int HeaderBytes = 24;

    /// <summary>Header and text of the refusal.</summary>
    /// <param name="input">What came; its second byte is the opcode that is refused.</param>
    public static byte[] Make(ReadOnlySpan<byte> input)
    {
        var text = "The binary protocol is not spoken here; use the text protocol."u8;
        var answer = new byte[HeaderBytes + text.Length];
        answer[0] = ResponseMagic;
        answer[1] = input.Length > 1 ? input[1] : (byte)0;
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(6), UnknownCommand);
        BinaryPrimitives.WriteInt32BigEndian(answer.AsSpan(8), text.Length);
        text.CopyTo(answer.AsSpan(HeaderBytes));
        return answer;
    }
}
