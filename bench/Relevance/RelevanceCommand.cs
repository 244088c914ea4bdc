using System.Text.Json.Nodes;

namespace Hedgerow.Bench.Relevance;

/// <summary>
/// <c>bench -- relevance [FOLDER]</c>: MAP, nDCG@10 and P@10 of Cranfield and CACM on one shard and on seven, beside
/// the reference (a brute-force script with the same settings). Exit codes: 0 well, 2 usage.
/// </summary>
internal static class RelevanceCommand
{
    private const int Depth = 1_000;

    /// <summary>Runs. The folder holds <c>cranfield</c> and <c>cacm</c>; by custom <c>../shared/data</c>.</summary>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        var folder = arguments.Length > 0 ? arguments[0] : SharedFolder.Data("");
        if (arguments.Length > 1 || !Directory.Exists(Path.Combine(folder, "cranfield")))
        {
            errors.WriteLine($"relevance: '{folder}' has no folder 'cranfield'; usage: relevance [FOLDER]");
            return 2;
        }

        output.WriteLine("collection  shards     MAP  nDCG@10    P@10   reference MAP");
        var rows = new JsonArray();
        foreach (var (collection, reference) in new[]
                 {
                     (TestCollection.Cranfield(Path.Combine(folder, "cranfield")), 0.4111),
                     (TestCollection.Cacm(Path.Combine(folder, "cacm")), 0.3309),
                 })
        {
            foreach (var shards in new[] { 1, 7 })
            {
                var scores = Measure(collection, shards);
                output.WriteLine(
                    $"{collection.Name,-10}  {shards,6}  {scores.MeanAveragePrecision:F4}   {scores.Ndcg10:F4}  "
                    + $"{scores.Precision10:F4}          {reference:F4}");
                rows.Add(Row(collection.Name, shards, scores, reference));
            }
        }

        output.WriteLine("written to " + ResultFile.Write("relevance", rows));
        return 0;
    }

    private static RelevanceScores Measure(TestCollection collection, int shards)
    {
        using var index = new ShardedIndex(collection, shards);
        return RelevanceScores.Measure(
            collection, question => [.. index.Search(question, Depth).Select(ShardedIndex.NumberOf)]);
    }

    private static JsonObject Row(string name, int shards, RelevanceScores scores, double reference) => new()
    {
        ["collection"] = name,
        ["shards"] = shards,
        ["questions"] = scores.Questions,
        ["map"] = Math.Round(scores.MeanAveragePrecision, 4),
        ["ndcg10"] = Math.Round(scores.Ndcg10, 4),
        ["p10"] = Math.Round(scores.Precision10, 4),
        ["referenceMap"] = reference,
    };
}
