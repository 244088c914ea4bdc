using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>Queries about words over the test corpus, alone and within others.</summary>
internal static class RandomTextQueries
{
    private static readonly string[][] FieldLists =
        [[], ["title"], ["body^2", "title"], ["title^0.5", "body"], ["t*^3", "body"], ["t*^2", "title^1.5"]];

    private static readonly string?[] Minima = [null, null, "1", "2", "-1", "50%", "-40%", "1<50%", "2<-25% 3<2"];

    public static QueryNode Any(Random random, int depth)
    {
        QueryNode query = random.Next(depth > 0 ? 12 : 8) switch
        {
            0 or 1 => new MatchQuery(Field(random), Words(random), random.Next(3) == 0) { Rules = Rules(random, true) },
            2 => Multi(random),
            3 => new CombinedFieldsQuery(Fields(random), Words(random), random.Next(3) == 0)
            {
                Rules = Rules(random, false),
            },
            4 or 5 => new PhrasePrefixQuery(Field(random), Unfinished(random), random.Next(4), random.Next(1, 6)),
            6 => new BoolPrefixQuery(Field(random), Unfinished(random), random.Next(2) == 0)
            {
                Rules = Rules(random, true),
            },
            7 => Like(random),
            8 or 9 => new DisMaxQuery(
                [.. Enumerable.Range(0, random.Next(5)).Select(_ => Inner(random, depth - 1))],
                random.Next(2) == 0 ? 0 : random.NextSingle()),
            10 => new BoostingQuery(Inner(random, depth - 1), Inner(random, depth - 1), random.NextSingle()),
            _ => new BooleanQuery(
                [.. Enumerable.Range(0, random.Next(2)).Select(_ => Inner(random, depth - 1))],
                [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Inner(random, depth - 1))],
                [.. Enumerable.Range(0, random.Next(2)).Select(_ => Inner(random, depth - 1))],
                [.. Enumerable.Range(0, random.Next(2)).Select(_ => Inner(random, depth - 1))]),
        };
        return random.Next(4) == 0 ? query with { Boost = 0.5f + random.NextSingle() } : query;
    }

    private static QueryNode Inner(Random random, int depth) =>
        random.Next(2) == 0 ? Any(random, depth) : RandomQueries.Any(random, Math.Min(depth, 1));

    private static MultiMatchQuery Multi(Random random) =>
        new(Fields(random), Unfinished(random), (MultiMatchType)random.Next(6))
        {
            AllWords = random.Next(3) == 0,
            TieBreaker = random.Next(2) == 0 ? null : random.NextSingle(),
            Slop = random.Next(3),
            Rules = Rules(random, false),
        };

    private static MoreLikeThisQuery Like(Random random) => new(Fields(random))
    {
        Like = new MoreLikeThisExamples
        {
            Texts = [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => Corpus.Text(random, 12))],
            Documents = [.. Enumerable.Range(0, random.Next(3)).Select(i => i == 2 ? "" : Json(random))],
            Paths = random.Next(2) == 0 ? [] : [Corpus.PathOf(random.Next(60))],
            AreRead = true,
        },
        Unlike = random.Next(3) > 0
            ? MoreLikeThisExamples.None
            : new MoreLikeThisExamples { Texts = [Corpus.Text(random, 3)] },
        MinTermFrequency = random.Next(1, 3),
        MinDocumentFrequency = random.Next(5),
        MaxDocumentFrequency = random.Next(2) == 0 ? null : random.Next(5, 60),
        MaxQueryTerms = random.Next(1, 8),
        MinWordLength = random.Next(3),
        MaxWordLength = random.Next(2) == 0 ? 0 : random.Next(3, 9),
        BoostTerms = random.Next(2) == 0 ? 0 : random.NextSingle(),
        MinimumShouldMatch = Minima[random.Next(2, Minima.Length)]!,
        Include = random.Next(2) == 0,
    };

    private static MatchRules Rules(Random random, bool mayBeFuzzy) => new()
    {
        Fuzziness = !mayBeFuzzy || random.Next(3) == 0 ? null : random.Next(4) switch
        {
            0 => Fuzziness.Auto,
            1 => new Fuzziness(FuzzyQuery.AutoEdits, 1, 4),
            2 => new Fuzziness(2),
            _ => new Fuzziness(1),
        },
        PrefixLength = random.Next(3),
        MaxExpansions = random.Next(2) == 0 ? 50 : random.Next(1, 5),
        MinimumShouldMatch = Minima[random.Next(Minima.Length)],
        ZeroTermsAll = random.Next(4) == 0,
    };

    private static string[] Fields(Random random) => FieldLists[random.Next(FieldLists.Length)];

    private static string Field(Random random) => random.Next(2) == 0 ? "title" : "body";

    private static string Json(Random random) => Encoding.UTF8.GetString(
        Corpus.Document(random, "/docs/like", (ulong)random.Next(1, 9)).Json());

    private static string Words(Random random) => string.Join(
        ' ', Enumerable.Range(0, random.Next(5)).Select(_ => RandomQueries.Misspelt(random)));

    /// <summary>Words of which the last is cut off somewhere.</summary>
    private static string Unfinished(Random random)
    {
        var last = Corpus.Word(random);
        return $"{Corpus.Text(random, 2)} {last[..random.Next(1, last.Length + 1)]}";
    }
}
