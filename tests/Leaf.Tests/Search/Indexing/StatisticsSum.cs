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
            .. parts[0].Fields.Select((field, i) => new FieldStatistics(
                field.Field, parts.Sum(p => p.Fields[i].Documents), parts.Sum(p => p.Fields[i].Tokens))),
        ],
        Terms =
        [
            .. parts[0].Terms.Select((term, i) =>
                new TermFrequency(term.Field, term.Term, parts.Sum(p => p.Terms[i].Documents))),
        ],
    };
}
