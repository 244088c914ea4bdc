using HdrHistogram;
using HdrHistogram.Utilities;

namespace Hedgerow.LoadGen.Reporting;

/// <summary>
/// A histogram as text: HdrHistogram's compressed encoding (version 2) in base 64, as its logs have it.
/// </summary>
internal static class HistogramText
{
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
            var decoded = HistogramEncoding.DecodeFromCompressedByteBuffer(
                ByteBuffer.Allocate(Convert.FromBase64String(text)), 0);
            var histogram = Measuring.OperationRecord.NewHistogram(decoded.NumberOfSignificantValueDigits);
            histogram.Add(decoded);
            return histogram;
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or InvalidDataException)
        {
            throw new FormatException("what stands there is no histogram", e);
        }
    }
}
