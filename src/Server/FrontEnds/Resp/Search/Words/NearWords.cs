namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// Whether two words are near: by the optimal string alignment distance, where one edit adds, drops or changes a
/// character or swaps two neighbours, none of which is edited again. Stateless.
/// </summary>
/// <remarks>
/// Only the cells of the table are computed that are at most so many steps from its diagonal, and no row behind one
/// that has no cell within the limit: Ukkonen, Algorithms for approximate string matching, 1985. So two words of n
/// characters cost at most 5n steps, and allocate nothing.
/// </remarks>
internal static class NearWords
{
    /// <summary>The most edits that are asked for.</summary>
    public const int EditsMax = 2;

    // Cells of a row: of the diagonal, and EditsMax to each side.
    private const int Width = (2 * EditsMax) + 1;

    private const int Far = EditsMax + 1;

    /// <summary>Whether at most so many edits make the one of the other.</summary>
    /// <param name="one">A word.</param>
    /// <param name="other">Another.</param>
    /// <param name="edits">0 to <see cref="EditsMax"/>.</param>
    public static bool AreWithin(ReadOnlySpan<char> one, ReadOnlySpan<char> other, int edits)
    {
        if (Math.Abs(one.Length - other.Length) > edits) return false;
        // Cell k of row i is of the first i characters of one and the first i + k - EditsMax of the other.
        Span<int> rows = stackalloc int[3 * Width];
        var before = rows[..Width];
        var above = rows[Width..(2 * Width)];
        var row = rows[(2 * Width)..];
        for (var k = 0; k < Width; k++) above[k] = k < EditsMax ? Far : k - EditsMax;
        before.Fill(Far);
        for (var i = 1; i <= one.Length; i++)
        {
            var least = Far;
            for (var k = 0; k < Width; k++)
            {
                row[k] = Cell(one, other, i, k, before, above, row);
                least = Math.Min(least, row[k]);
            }

            // A swap may come from the row before this.
            if (least > edits && above.IndexOfAnyInRange(0, edits) < 0) return false;
            var free = before;
            before = above;
            above = row;
            row = free;
        }

        return above[other.Length - one.Length + EditsMax] <= edits;
    }

    private static int Cell(
        ReadOnlySpan<char> one, ReadOnlySpan<char> other, int i, int k, ReadOnlySpan<int> before,
        ReadOnlySpan<int> above, ReadOnlySpan<int> row)
    {
        var j = i + k - EditsMax;
        if (j < 0 || j > other.Length) return Far;
        var dropped = k + 1 < Width ? above[k + 1] + 1 : Far;
        if (j == 0) return Math.Min(dropped, Far);
        var isSame = one[i - 1] == other[j - 1];
        var cell = Math.Min(above[k] + (isSame ? 0 : 1), dropped);
        if (k > 0) cell = Math.Min(cell, row[k - 1] + 1);
        var isSwap = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
        if (isSwap) cell = Math.Min(cell, before[k] + 1);
        return Math.Min(cell, Far);
    }
}
