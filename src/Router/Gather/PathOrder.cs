namespace Hedgerow.Router;

/// <summary>
/// Order of paths by their UTF-8 bytes, on strings. UTF-16 units compare alike but for surrogates, which stand for code
/// points above all others and yet have smaller units than U+E000 to U+FFFF.
/// </summary>
internal sealed class PathOrder : IComparer<string>
{
    public static PathOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        var length = Math.Min(x!.Length, y!.Length);
        for (var i = 0; i < length; i++)
        {
            if (x[i] == y[i]) continue;
            return Rank(x[i]) - Rank(y[i]);
        }

        return x.Length - y.Length;
    }

    private static int Rank(char c) => char.IsSurrogate(c) ? c + 0x1_0000 : c;
}
