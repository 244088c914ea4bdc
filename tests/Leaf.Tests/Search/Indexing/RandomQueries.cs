using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>Query trees of every kind over the test corpus.</summary>
internal static class RandomQueries
{
    private static readonly string[] TextFields = ["title", "body"];

    public static QueryNode Any(Random random, int depth)
    {
        QueryNode query = random.Next(depth > 0 ? 20 : 17) switch
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
            9 => new WildcardQuery(TermField(random), Wildcard(random)),
            10 => new RegexpQuery(TermField(random), Regexp(random)),
            11 => new FuzzyQuery(TermField(random), Misspelt(random), random.Next(-1, 3), random.Next(3)),
            12 => new ExistsQuery(Corpus.Schema.Fields[random.Next(Corpus.Schema.Fields.Count)].Name),
            13 => new PathsQuery([.. Enumerable.Range(0, random.Next(5)).Select(_ => Corpus.PathOf(random.Next(60)))]),
            14 => new TermQuery("counts", random.Next(-20, 21).ToString()),
            15 => new TermQuery("draft", random.Next(2) == 0 ? "true" : "false"),
            16 => Range(random),
            17 => new ConstantScoreQuery(Any(random, depth - 1)),
            _ => new BooleanQuery(
                Clauses(random, 3, depth),
                Clauses(random, 4, depth),
                Clauses(random, 2, depth),
                Clauses(random, 2, depth)) { MinimumShouldMatch = random.Next(3) == 0 ? random.Next(4) : null },
        };
        return random.Next(4) == 0 ? query with { Boost = 0.5f + random.NextSingle() } : query;
    }

    private static List<QueryNode> Clauses(Random random, int countMax, int depth) =>
        [.. Enumerable.Range(0, random.Next(countMax)).Select(_ => Any(random, depth - 1))];

    private static string Field(Random random) => TextFields[random.Next(TextFields.Length)];

    private static string TermField(Random random) => random.Next(3) == 0 ? "tags" : Field(random);

    /// <summary>A word of which some characters are any, and some parts anything.</summary>
    public static string Wildcard(Random random)
    {
        var pattern = new StringBuilder();
        foreach (var c in Corpus.Word(random))
        {
            var kind = random.Next(8);
            if (kind == 0) pattern.Append('?');
            else if (kind == 1) pattern.Append('*');
            else if (kind == 2) pattern.Append('*').Append(c);
            else if (kind == 3 && !char.IsLetterOrDigit(c)) pattern.Append('\\').Append(c);
            else pattern.Append(c);
        }

        return pattern.ToString();
    }

    /// <summary>Pieces that mean the same to every dialect.</summary>
    public static string Regexp(Random random)
    {
        string[] atoms = ["h", "e", "o", "r", "é", "ß", ".", "[a-h]", "[^a-m]", "(ro|zo|e)", "(a|)", "(.*d)", "\\w"];
        string[] repeats = ["", "", "", "*", "+", "?", "{2}", "{1,3}", "{1,}"];
        var pattern = new StringBuilder();
        for (var i = random.Next(1, 6); i > 0; i--)
            pattern.Append(atoms[random.Next(atoms.Length)]).Append(repeats[random.Next(repeats.Length)]);
        return random.Next(4) == 0 ? pattern + "|" + Corpus.Word(random) : pattern.ToString();
    }

    /// <summary>A word with up to three slips.</summary>
    public static string Misspelt(Random random)
    {
        var word = Corpus.Word(random);
        for (var slips = random.Next(4); slips > 0 && word.Length > 0; slips--)
        {
            var at = random.Next(word.Length);
            word = random.Next(4) switch
            {
                0 => word.Remove(at, 1),
                1 => word.Insert(at, "o"),
                2 when at > 0 => word[..(at - 1)] + word[at] + word[at - 1] + word[(at + 1)..],
                _ => word[..at] + 'é' + word[(at + 1)..],
            };
        }

        return word;
    }

    private static string Prefix(Random random)
    {
        var word = Corpus.Word(random).ToLowerInvariant();
        return word[..random.Next(word.Length + 1)];
    }

    private static RangeQuery Range(Random random)
    {
        var field = random.Next(5);
        return new RangeQuery(
            field switch { 0 => "tags", 1 => "price", 2 => "day", 3 => "counts", _ => "draft" },
            random.Next(4) == 0 ? null : Bound(),
            random.Next(4) == 0 ? null : Bound(),
            random.Next(2) == 0,
            random.Next(2) == 0);

        string Bound() => field switch
        {
            0 => Corpus.Word(random),
            1 => (random.Next(-20, 20) / 2.0).ToString(),
            2 => (random.Next(-5, 6) * 86_400_000L).ToString(),
            3 => random.Next(-21, 22).ToString(),
            _ => random.Next(2) == 0 ? "true" : "false",
        };
    }
}
