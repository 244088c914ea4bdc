using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Term statistics of a whole collection from those of its shards.</summary>
internal static class StatisticsSum
{
    /// <summary>Whether a query scores the same under both: the counts of its fields and terms are equal.</summary>
    public static bool GivesTheSameScores(TermStatistics one, TermStatistics other) =>
        one.Fields.Count == other.Fields.Count && one.Terms.Count == other.Terms.Count
        && one.Fields.ToHashSet().SetEquals(other.Fields) && one.Terms.ToHashSet().SetEquals(other.Terms);

    public static TermStatistics Of(IReadOnlyCollection<TermStatistics> shards)
    {
        long documents = 0;
        var fields = new Dictionary<string, (long Documents, long Tokens)>(StringComparer.Ordinal);
        var terms = new Dictionary<(string Field, string Term), long>();
        foreach (var shard in shards)
        {
            documents += shard.Documents;
            foreach (var field in shard.Fields)
            {
                var sum = fields.GetValueOrDefault(field.Field);
                fields[field.Field] = (sum.Documents + field.Documents, sum.Tokens + field.Tokens);
            }

            foreach (var term in shard.Terms)
                terms[(term.Field, term.Term)] = terms.GetValueOrDefault((term.Field, term.Term)) + term.Documents;
        }

        return new TermStatistics
        {
            Documents = documents,
            Fields = [.. fields.Select(f => new FieldStatistics(f.Key, f.Value.Documents, f.Value.Tokens))],
            Terms = [.. terms.Select(t => new TermFrequency(t.Key.Field, t.Key.Term, t.Value))],
            Nearest = NearestMerge.Of(shards),
        };
    }
}
