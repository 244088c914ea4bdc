namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>The offsets of GETRANGE: both ends inclusive, negative ones counted from the end.</summary>
internal static class ValueRange
{
    /// <summary>The part of a value of <paramref name="length"/> bytes that two offsets name; may be empty.</summary>
    public static Range Of(int length, long first, long last)
    {
        if (first < 0 && last < 0 && first > last) return default;
        if (first < 0) first = Math.Max(0, first + length);
        if (last < 0) last = Math.Max(0, last + length);
        last = Math.Min(last, length - 1L);
        return first > last ? default : (int)first..(int)(last + 1);
    }
}
