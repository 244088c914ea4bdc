namespace Hedgerow.Bench.Relevance;

/// <summary>How well rankings agree with judgements, as means over the judged questions (binary relevance).</summary>
/// <param name="Questions">Questions with at least one relevant document.</param>
/// <param name="MeanAveragePrecision">MAP over the whole ranking given.</param>
/// <param name="Ndcg10">Normalised, discounted cumulative gain at ten: gain 1, discount log2(1 + rank).</param>
/// <param name="Precision10">Share of relevant ones among the first ten.</param>
internal sealed record RelevanceScores(int Questions, double MeanAveragePrecision, double Ndcg10, double Precision10)
{
    private const int Cutoff = 10;

    /// <summary>Asks every judged question.</summary>
    /// <param name="collection">Questions and judgements.</param>
    /// <param name="search">The ranking for a question's text: document numbers, best first.</param>
    public static RelevanceScores Measure(TestCollection collection, Func<string, IReadOnlyList<int>> search)
    {
        var rows = collection.Relevant.OrderBy(pair => pair.Key)
            .Select(pair => Measure(search(collection.Questions[pair.Key]), pair.Value)).ToList();
        return new RelevanceScores(
            rows.Count,
            rows.Average(row => row.Map),
            rows.Average(row => row.Ndcg),
            rows.Average(row => row.Precision));
    }

    private static (double Map, double Ndcg, double Precision) Measure(
        IReadOnlyList<int> ranking, IReadOnlySet<int> relevant)
    {
        var (found, found10) = (0, 0);
        var (precisions, gain, ideal) = (0.0, 0.0, 0.0);
        for (var rank = 1; rank <= ranking.Count; rank++)
        {
            if (!relevant.Contains(ranking[rank - 1])) continue;
            precisions += ++found / (double)rank;
            if (rank > Cutoff) continue;
            found10++;
            gain += 1 / Math.Log2(1 + rank);
        }

        for (var rank = 1; rank <= Math.Min(Cutoff, relevant.Count); rank++) ideal += 1 / Math.Log2(1 + rank);
        return (precisions / relevant.Count, gain / ideal, found10 / (double)Cutoff);
    }
}
