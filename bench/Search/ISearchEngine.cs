namespace Hedgerow.Bench.Search;

/// <summary>One engine of the search benchmark, inside its own process. One thread.</summary>
internal interface ISearchEngine : IDisposable
{
    /// <summary>
    /// Indexes the corpus into one segment in an empty folder; what it returns says what that took, from the first
    /// document to the last byte on disk.
    /// </summary>
    IndexFigures Build(SearchCorpus corpus, string folder);

    /// <summary>Opens what <see cref="Build"/> made for the calls below.</summary>
    void Open(string folder);

    /// <summary>Parses and runs a query: the count if it is asked for, or else how many hits came back.</summary>
    long Run(SearchMode mode, string query);

    /// <summary>Number in the corpus and score of the best ten.</summary>
    IReadOnlyList<(int Document, float Score)> Top10(string query);
}

/// <summary>What making an index took.</summary>
/// <param name="Variant">What was kept beside the postings: <c>plain</c> or <c>stored</c>.</param>
/// <param name="Seconds">By the clock.</param>
/// <param name="CpuSeconds">Of the whole process: all that was compiled and collected meanwhile is in it.</param>
/// <param name="Bytes">Of the files.</param>
/// <param name="SourceBytes">The part of them that only serves to give a document back.</param>
/// <param name="Documents">Documents in it.</param>
internal sealed record IndexFigures(
    string Variant, double Seconds, double CpuSeconds, long Bytes, long SourceBytes, long Documents);

/// <summary>A command of the game.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Hits">Best hits wanted.</param>
/// <param name="Counts">Whether all matches are counted exactly.</param>
internal readonly record struct SearchMode(string Name, int Hits, bool Counts)
{
    /// <summary>Those of the floors.</summary>
    public static IReadOnlyList<SearchMode> All { get; } =
    [
        new("COUNT", 0, true), new("TOP_10", 10, false), new("TOP_100", 100, false), new("TOP_100_COUNT", 100, true),
    ];

    /// <summary>The command of a name.</summary>
    public static SearchMode Of(string name)
    {
        foreach (var mode in All)
            if (mode.Name == name) return mode;
        throw new ArgumentException($"no command '{name}'; known are {string.Join(", ", All.Select(m => m.Name))}");
    }
}
