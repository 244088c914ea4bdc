namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Working memory of one search on one thread, 70 KiB, kept by the thread between searches. A search that stops
/// half-way does not give it back, as the window may not be empty.
/// </summary>
internal sealed class SearchScratch
{
    /// <summary>Documents of a bit set: 16 KiB, a third of the first-level cache.</summary>
    public const int MarkedDocuments = 128 * 1024;

    [ThreadStatic]
    private static SearchScratch? t_kept;

    /// <summary>Documents on their way to the collector.</summary>
    public Candidates Candidates { get; } = new();

    /// <summary>Sums of clauses; empty.</summary>
    public DocumentWindow Window { get; } = new();

    /// <summary>Bits of what matches.</summary>
    public ulong[] Matches { get; } = new ulong[MarkedDocuments / 64];

    /// <summary>Bits of one clause.</summary>
    public ulong[] Clause { get; } = new ulong[MarkedDocuments / 64];

    /// <summary>The document before which everything was searched.</summary>
    public int Reached { get; set; }

    /// <summary>This thread's, or a new one where that is in use.</summary>
    public static SearchScratch Take()
    {
        var scratch = t_kept ?? new SearchScratch();
        t_kept = null;
        return scratch;
    }

    /// <summary>Keeps it for the thread's next search.</summary>
    public void GiveBack() => t_kept = this;
}
