using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Which of a group's pages each of 4,096 selectors belongs to, for every number of pages. Evenly, to within one
/// selector; and from n pages to n + 1 only those selectors move that the new page gets, as in a consistent hash
/// (Lamping and Veach, A fast, minimal memory, consistent hash algorithm, 2014), but read from a table.
/// </summary>
internal static unsafe class IndexSpread
{
    public const int SelectorBits = 12;
    public const int Selectors = 1 << SelectorBits;
    public const ulong SelectorMask = Selectors - 1;

    /// <summary>Rows of <see cref="Selectors"/> bytes by the number of pages; half a megabyte, used in part.</summary>
    private static readonly byte* Rows = Build();

    public static byte* Row(int pages) => Rows + (pages << SelectorBits);

    private static byte* Build()
    {
        var rows = (byte*)NativeMemory.AllocZeroed((nuint)(IndexGroup.PagesMax + 1) << SelectorBits);
        Span<int> counts = stackalloc int[IndexGroup.PagesMax];
        Span<int> cursors = stackalloc int[IndexGroup.PagesMax];
        counts[0] = Selectors;
        for (var pages = 2; pages <= IndexGroup.PagesMax; pages++)
        {
            var row = rows + (pages << SelectorBits);
            Buffer.MemoryCopy(row - Selectors, row, Selectors, Selectors);
            cursors.Clear();
            for (var share = Selectors / pages; share > 0; share--)
            {
                var fullest = 0;
                for (var page = 1; page < pages - 1; page++)
                {
                    if (counts[page] > counts[fullest]) fullest = page;
                }

                // The order of selectors is stirred, so that the new page gets none in rows.
                while (row[Stir(cursors[fullest])] != fullest) cursors[fullest]++;
                row[Stir(cursors[fullest])] = (byte)(pages - 1);
                counts[fullest]--;
                counts[pages - 1]++;
            }
        }

        return rows;
    }

    private static int Stir(int selector) => (selector * 0x6A5) & (Selectors - 1);
}
