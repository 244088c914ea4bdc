using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>How much more frequent a term is in some documents than in the background, which contains them.</summary>
internal static class Significance
{
    /// <summary>The measure; 0 or less where the term is not more frequent.</summary>
    /// <param name="measure">Which one.</param>
    /// <param name="count">Documents with the term, of so many.</param>
    /// <param name="total">Documents.</param>
    /// <param name="known">Documents of the background with it.</param>
    /// <param name="all">Documents of the background.</param>
    public static double Score(SignificanceMeasure measure, long count, long total, long known, long all)
    {
        if (total == 0 || all == 0 || known == 0) return 0;
        var score = measure == SignificanceMeasure.Jlh
            ? Jlh((double)count / total, (double)known / all)
            : ChiSquare(count, total, known, all);
        return double.IsFinite(score) ? score : 0;
    }

    private static double Jlh(double share, double usual) => share <= usual ? 0 : (share - usual) * (share / usual);

    /// <summary>Of the table of documents in and outside, with and without the term.</summary>
    private static double ChiSquare(double inWith, double inAll, double allWith, double all)
    {
        var outWith = allWith - inWith;
        var inWithout = inAll - inWith;
        var outAll = all - inAll;
        var allWithout = all - allWith;
        if (inWith / inAll < outWith / outAll) return 0;
        var difference = (inWith * (allWithout - inWithout)) - (inWithout * outWith);
        return all * difference * difference / (inAll * allWith * allWithout * outAll);
    }
}
