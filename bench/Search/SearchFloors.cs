namespace Hedgerow.Bench.Search;

/// <summary>The floors of speed beside each peer.</summary>
internal static class SearchFloors
{
    private const double LuceneNetMean = 4;
    private const double LuceneMean = 2;
    private const double LuceneClass = 1;

    /// <summary>The floors in words.</summary>
    public static string Words =>
        $"{LuceneNetMean} x Lucene.NET and {LuceneMean} x Lucene on the whole set of each command, and\n"
        + $"{LuceneClass} x Lucene in each class; (-) is below.";

    /// <summary>What stands behind a ratio.</summary>
    public static string Mark(string peer, bool isWholeSet, double ratio)
    {
        var floor = (peer, isWholeSet) switch
        {
            ("lucenenet", true) => LuceneNetMean,
            ("lucene", true) => LuceneMean,
            ("lucene", false) => LuceneClass,
            _ => 0,
        };
        return ratio < floor ? " (-)" : "";
    }
}
