using System.Buffers.Binary;
using System.IO.Compression;
using HdrHistogram;
using HdrHistogram.Utilities;

namespace Hedgerow.LoadGen.Reporting;

/// <summary>
/// A histogram as text: HdrHistogram's compressed encoding (version 2) in base 64, as its logs have it.
/// </summary>
internal static class HistogramText
{
    private const int Cookie = 0x1c849304;

    /// <summary>Bits of the cookie that tell the width of words.</summary>
    private const int CookieWidth = 0xf0;

    /// <summary>Of the cookie, the length of what follows, and the two bytes that zlib begins with.</summary>
    private const int PreambleBytes = 10;

    /// <summary>Most bytes that a histogram may have inflated.</summary>
    private const int InflatedBytesMax = 64 << 20;

    public static string Encode(HistogramBase histogram)
    {
        var buffer = ByteBuffer.Allocate(histogram.GetNeededByteBufferCapacity());
        var bytes = new byte[histogram.EncodeIntoCompressedByteBuffer(buffer)];
        // The buffer gives its bytes away one by one only.
        buffer.Position = 0;
        for (var i = 0; i < bytes.Length; i++) bytes[i] = buffer.Get();
        return Convert.ToBase64String(bytes);
    }

    /// <exception cref="FormatException">It is none.</exception>
    public static LongHistogram Decode(string text)
    {
        try
        {
            var inflated = Inflate(Convert.FromBase64String(text));
            var decoded = HistogramEncoding.DecodeFromByteBuffer(ByteBuffer.Allocate(inflated), 0);
            var histogram = Measuring.OperationRecord.NewHistogram(decoded.NumberOfSignificantValueDigits);
            histogram.Add(decoded);
            return histogram;
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or InvalidDataException
            or IOException or OverflowException)
        {
            throw new FormatException("what stands there is no histogram", e);
        }
    }

    /// <summary>
    /// The library reads its stream once and takes what that gives for everything, which it is not for long ones.
    /// </summary>
    private static byte[] Inflate(byte[] text)
    {
        if (text.Length < PreambleBytes || (BinaryPrimitives.ReadInt32BigEndian(text) & ~CookieWidth) != Cookie)
            throw new InvalidDataException("There is no cookie of a compressed histogram.");
        var length = BinaryPrimitives.ReadInt32BigEndian(text.AsSpan(4));
        if (length != text.Length - 8) throw new InvalidDataException("It is cut off, or more follows.");
        using var deflated = new DeflateStream(
            new MemoryStream(text, PreambleBytes, text.Length - PreambleBytes), CompressionMode.Decompress);
        using var inflated = new MemoryStream();
        var part = new byte[64 * 1024];
        for (int count; (count = deflated.Read(part)) > 0;)
        {
            if (inflated.Length + count > InflatedBytesMax) throw new InvalidDataException("It is too large.");
            inflated.Write(part, 0, count);
        }

        return inflated.ToArray();
    }
}
