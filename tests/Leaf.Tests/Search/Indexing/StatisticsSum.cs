using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>The sum of the statistics of several shards, row by row, as a router makes it.</summary>
internal static class StatisticsSum
{
    public static TermStatistics Of(TermStatistics[] parts) => new()
    {
        Documents = parts.Sum(part => part.Documents),
        Fields =
        [
            .. parts.SelectMany(part => part.Fields).GroupBy(field => field.Field).Select(rows => new FieldStatistics(
                rows.Key, rows.Sum(row => row.Documents), rows.Sum(row => row.Tokens))),
        ],
        Terms =
        [
            .. parts.SelectMany(part => part.Terms).GroupBy(term => (term.Field, term.Term)).Select(rows =>
                new TermFrequency(rows.Key.Field, rows.Key.Term, rows.Sum(row => row.Documents))),
        ],
    };
}
