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
        var bytes = new byte[histogram.GetNeededByteBufferCapacity()];
        var length = histogram.EncodeIntoCompressedByteBuffer(ByteBuffer.Allocate(bytes));
        return Convert.ToBase64String(bytes.AsSpan(0, length));
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
