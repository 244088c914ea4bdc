namespace Hedgerow.Tests;

/// <summary>How far two words are apart, by the table that textbooks have.</summary>
internal static class NaiveEdits
{
    /// <summary>Characters to add, drop, change or swap with their neighbour; no character twice.</summary>
    public static int Between(string one, string other)
    {
        var (a, b) = (one.EnumerateRunes().ToArray(), other.EnumerateRunes().ToArray());
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }

                var best = table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                best = Math.Min(best, 1 + Math.Min(table[i - 1, j], table[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    best = Math.Min(best, table[i - 2, j - 2] + 1);
                table[i, j] = best;
            }
        }

        return table[a.Length, b.Length];
    }
}
