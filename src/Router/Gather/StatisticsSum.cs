using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Term statistics of a whole collection from those of its shards.</summary>
internal static class StatisticsSum
{
    public static TermStatistics Of(IEnumerable<TermStatistics> shards)
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
        };
    }
}
