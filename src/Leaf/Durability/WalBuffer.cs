namespace Hedgerow.Leaf.Durability;

/// <summary>Bytes that grow at the end and are thrown away at once. Not thread-safe.</summary>
internal sealed class WalBuffer
{
    private const int BytesAtFirst = 16 << 10;

    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>The next <paramref name="count"/> bytes, for the caller to fill.</summary>
    public Span<byte> Take(int count)
    {
        var needed = (long)Length + count;
        if (needed > _bytes.Length)
        {
            var size = Math.Min(Array.MaxLength, Math.Max(needed, Math.Max(BytesAtFirst, 2L * _bytes.Length)));
            Array.Resize(ref _bytes, (int)size);
        }

        var taken = _bytes.AsSpan(Length, count);
        Length += count;
        return taken;
    }

    /// <summary>Empties it, and gives memory back if it grew beyond <paramref name="bytesKept"/>.</summary>
    public void Clear(int bytesKept)
    {
        Length = 0;
        if (_bytes.Length > bytesKept) _bytes = [];
    }
}
