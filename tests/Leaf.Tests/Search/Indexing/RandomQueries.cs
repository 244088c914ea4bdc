using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>Query trees of every kind over the test corpus.</summary>
internal static class RandomQueries
{
    private static readonly string[] TextFields = ["title", "body"];

    public static QueryNode Any(Random random, int depth)
    {
        QueryNode query = random.Next(depth > 0 ? 11 : 9) switch
        {
            0 => new TermQuery(Field(random), Corpus.Word(random)),
            1 => new TermQuery("tags", Corpus.Word(random)),
            2 => new TermQuery("price", (random.Next(-20, 20) / 2.0).ToString()),
            3 => new MatchQuery(Field(random), Corpus.Text(random, 4), random.Next(2) == 0),
            4 => new PhraseQuery(Field(random), Corpus.Text(random, 3), 0),
            5 => new PhraseQuery(Field(random), Corpus.Text(random, 3), random.Next(1, 5)),
            6 => new PrefixQuery(random.Next(2) == 0 ? "tags" : Field(random), Prefix(random)),
            7 => Range(random),
            8 => new MatchAllQuery(),
            _ => new BooleanQuery(
                Clauses(random, 3, depth),
                Clauses(random, 4, depth),
                Clauses(random, 2, depth),
                Clauses(random, 2, depth)),
        };
        return random.Next(4) == 0 ? query with { Boost = 0.5f + random.NextSingle() } : query;
    }

    private static List<QueryNode> Clauses(Random random, int countMax, int depth) =>
        [.. Enumerable.Range(0, random.Next(countMax)).Select(_ => Any(random, depth - 1))];

    private static string Field(Random random) => TextFields[random.Next(TextFields.Length)];

    private static string Prefix(Random random)
    {
        var word = Corpus.Word(random).ToLowerInvariant();
        return word[..random.Next(word.Length + 1)];
    }

    private static RangeQuery Range(Random random)
    {
        var field = random.Next(3);
        return new RangeQuery(
            field == 0 ? "tags" : field == 1 ? "price" : "day",
            random.Next(4) == 0 ? null : Bound(),
            random.Next(4) == 0 ? null : Bound(),
            random.Next(2) == 0,
            random.Next(2) == 0);

        string Bound() => field switch
        {
            0 => Corpus.Word(random),
            1 => (random.Next(-20, 20) / 2.0).ToString(),
            _ => (random.Next(-5, 6) * 86_400_000L).ToString(),
        };
    }
}
