using System.Runtime.InteropServices;
using System.Text;

namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>Documents in an index of hashes (x) and one of JSON (j), and random commands on them.</summary>
internal static class RandomCommands
{
    private static readonly string[] Words =
    [
        "hedge", "hedges", "hedgerow", "rose", "roses", "oak", "ash", "elm", "thorn", "hazel", "holly", "maple",
        "privet", "lane", "field", "garden", "gardens", "the", "and", "naïve", "jumping", "jumped", "x1",
    ];

    private static readonly string[] Tags = ["red", "Red", "deep green", "blue", "gr ey"];

    private static readonly string[] Names = ["Ann", "ann", "bob Fox", "Cid", "dee"];

    /// <summary>Commands that take no choice.</summary>
    public static IEnumerable<string[]> Plain =>
    [
        ["ft._list"], ["ft.tagvals", "x", "tags"], ["ft.tagvals", "j", "kind"], ["ft.tagvals", "x", "title"],
        ["ft.syndump", "x"], ["ft.dictdump", "more"], ["ft.suglen", "names"],
        ["ft.search", "x", "*", "LIMIT", "0", "0"], ["ft.search", "nope", "*"], ["ft.aggregate", "x", "("],
    ];

    /// <summary>What fills both clusters.</summary>
    public static IEnumerable<string[]> Fill(Random random, int documents)
    {
        yield return Split("ft.create x ON HASH PREFIX 1 x: SCHEMA title TEXT WEIGHT 3.0 body TEXT NOSTEM "
            + "price NUMERIC SORTABLE size NUMERIC tags TAG SEPARATOR ; name TEXT SORTABLE at GEO "
            + "v VECTOR FLAT 6 TYPE FLOAT32 DIM 3 DISTANCE_METRIC L2");
        yield return Split("ft.create j ON JSON PREFIX 1 j: SCHEMA $.title AS title TEXT $.kind[*] AS kind TAG "
            + "CASESENSITIVE $.n AS n NUMERIC SORTABLE $.deep.word AS word TEXT");
        for (var i = 0; i < documents; i++)
        {
            yield return ["hset", $"x:{i}", .. Hash(random)];
            if (i % 3 == 0) yield return ["json.set", $"j:{i}", "$", Json(random)];
            if (i % 17 == 5) yield return ["del", $"x:{i - 2}"];
        }

        yield return Split("ft.synupdate x g1 hedge fence wall");
        yield return Split("ft.synupdate x g2 rose fence bloom");
        yield return Split("ft.dictadd more hedgy rosy elms wall");
        for (var i = 0; i < 60; i++)
        {
            string[] payload = random.Next(3) == 0 ? ["PAYLOAD", $"p{i}"] : [];
            var text = $"{Word(random)}{(random.Next(2) == 0 ? "" : " " + Word(random))}";
            yield return ["ft.sugadd", "names", text, $"{random.Next(1, 6)}", .. payload];
        }
    }

    /// <summary>FT.SEARCH.</summary>
    public static string[] Search(Random random)
    {
        var isJson = random.Next(5) == 0;
        var words = new List<string> { "ft.search", isJson ? "j" : "x" };
        if (!isJson && random.Next(12) == 0)
        {
            words.AddRange([$"({Query(random, 1)})=>[KNN {random.Next(1, 20)} @v $q AS far]", "PARAMS", "2", "q"]);
            words.AddRange([Vector(random), "RETURN", "1", "far", "SORTBY", "far"]);
            return [.. words];
        }

        words.Add(isJson ? JsonQuery(random) : Query(random, 3));
        Maybe(3, "WITHSCORES");
        Maybe(4, "NOCONTENT");
        Maybe(12, "VERBATIM");
        Maybe(10, "LANGUAGE", random.Next(2) == 0 ? "english" : "german");
        Maybe(10, "SCORER", random.Next(2) == 0 ? "BM25STD" : "TFIDF");
        Maybe(10, "SLOP", "2");
        Maybe(8, "LIMIT", $"{random.Next(30)}", $"{random.Next(60)}");
        if (isJson)
        {
            Maybe(3, "SORTBY", "n", random.Next(2) == 0 ? "ASC" : "DESC");
            Maybe(4, "RETURN", "2", "$.title", "kind");
            return [.. words];
        }

        Maybe(3, "SORTBY", Pick(random, "price", "name", "tags", "size"), random.Next(2) == 0 ? "ASC" : "DESC");
        Maybe(4, "WITHSORTKEYS");
        Maybe(6, "FILTER", "price", $"{random.Next(5)}", $"({random.Next(5, 12)}");
        Maybe(10, "GEOFILTER", "at", "0", "50", $"{random.Next(50, 900)}", "km");
        Maybe(10, "INKEYS", "3", $"x:{random.Next(220)}", $"x:{random.Next(220)}", "x:none");
        Maybe(8, "INFIELDS", "1", "body");
        Maybe(3, "RETURN", "3", "title", "name", "price");
        Maybe(5, "HIGHLIGHT", "FIELDS", "2", "title", "body", "TAGS", "[", "]");
        Maybe(6, "SUMMARIZE", "FIELDS", "1", "body", "FRAGS", "2", "LEN", "3");
        return [.. words];

        void Maybe(int oneOf, params string[] option)
        {
            if (random.Next(oneOf) == 0) words.AddRange(option);
        }
    }

    /// <summary>FT.AGGREGATE.</summary>
    public static string[] Aggregate(Random random)
    {
        var words = new List<string> { "ft.aggregate", "x", random.Next(3) == 0 ? "*" : Query(random, 2) };
        if (random.Next(2) == 0) words.AddRange(["LOAD", "3", "@name", "@price", "@__key"]);
        if (random.Next(4) == 0) words.AddRange(["APPLY", "upper(@name)", "AS", "loud"]);
        if (random.Next(4) == 0)
            words.AddRange(["FILTER", Pick(random, "@price > 3", "exists(@size)", "@name != 'x'")]);
        if (random.Next(4) > 0)
        {
            var by = random.GetItems(Properties, random.Next(3)).Distinct().ToArray();
            words.AddRange(["GROUPBY", $"{by.Length}", .. by]);
            foreach (var reducer in random.GetItems(Reducers, 1 + random.Next(4)).Distinct())
                words.AddRange(["REDUCE", .. Split(reducer)]);
            if (random.Next(3) == 0) words.AddRange(["APPLY", "@n * 2 + 1", "AS", "twice"]);
            if (random.Next(2) == 0) words.AddRange(["SORTBY", "2", "@n", "DESC", "MAX", "5"]);
        }
        else if (random.Next(2) == 0)
        {
            words.AddRange(["SORTBY", "4", "@price", "DESC", "@name", "ASC"]);
        }

        if (random.Next(3) == 0) words.AddRange(["LIMIT", $"{random.Next(5)}", $"{random.Next(40)}"]);
        return [.. words];
    }

    private static readonly string[] Properties = ["@name", "@tags", "@price", "@size"];

    private static readonly string[] Reducers =
    [
        "COUNT 0 AS n", "SUM 1 @price AS sum", "MIN 1 @price AS least", "MAX 1 @size AS most", "AVG 1 @size AS mean",
        "STDDEV 1 @price AS dev", "QUANTILE 2 @price 0.5 AS median", "COUNT_DISTINCT 1 @name AS names",
        "TOLIST 1 @name AS list", "FIRST_VALUE 4 @name BY @price DESC AS first",
    ];

    /// <summary>FT.SPELLCHECK.</summary>
    public static string[] SpellCheck(Random random)
    {
        var text = string.Join(' ', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Misspelt(random)));
        var words = new List<string>
        {
            "ft.spellcheck", "x", random.Next(3) == 0 ? $"@{Pick(random, "title", "body", "name")}:({text})" : text,
        };
        if (random.Next(2) == 0) words.AddRange(["DISTANCE", $"{random.Next(1, 4)}"]);
        if (random.Next(3) == 0) words.AddRange(["TERMS", "INCLUDE", "more"]);
        if (random.Next(4) == 0) words.AddRange(["TERMS", "EXCLUDE", "more", "rose"]);
        return [.. words];
    }

    /// <summary>FT.SUGGET.</summary>
    public static string[] Suggestion(Random random)
    {
        var word = Misspelt(random);
        var words = new List<string> { "ft.sugget", "names", word[..random.Next(1, word.Length + 1)] };
        if (random.Next(2) == 0) words.Add("FUZZY");
        if (random.Next(2) == 0) words.Add("WITHSCORES");
        if (random.Next(3) == 0) words.Add("WITHPAYLOADS");
        if (random.Next(2) == 0) words.AddRange(["MAX", $"{random.Next(1, 30)}"]);
        return [.. words];
    }

    /// <summary>FT.EXPLAIN.</summary>
    public static string[] Explain(Random random) => ["ft.explain", "x", Query(random, 4)];

    private static string Query(Random random, int depth) => random.Next(depth > 0 ? 19 : 13) switch
    {
        0 or 1 or 2 => Word(random),
        3 => $"\"{Word(random)} {Word(random)}\"",
        4 => $"{Word(random)[..2]}*",
        5 => $"*{Word(random)[^2..]}",
        6 => $"%{Misspelt(random)}%",
        7 => $"@price:[{random.Next(6)} ({random.Next(6, 14)}]",
        8 => $"@tags:{{{Tag(random)} | {Tag(random)}}}",
        9 => $"@title:{Word(random)}",
        10 => $"@title|body:({Word(random)} | {Word(random)})",
        11 => $"@at:[{random.Next(-3, 4)} {random.Next(49, 53)} {random.Next(40, 600)} km]",
        12 => Pick(random, "*", "ismissing(@size)", $"w'{Word(random)[0]}*e?'", "@size>=3", "fence"),
        13 => $"({Query(random, depth - 1)} {Query(random, depth - 1)})",
        14 => $"({Query(random, depth - 1)} | {Query(random, depth - 1)})",
        15 => $"({Query(random, depth - 1)} -{Word(random)})",
        16 => $"({Query(random, depth - 1)} ~{Word(random)})",
        17 => $"({Query(random, depth - 1)})=>{{$weight: {random.Next(1, 6)}.5;}}",
        _ => $"(({Word(random)} {Word(random)})=>{{$slop: 3; $inorder: {Pick(random, "true", "false")};}})",
    };

    private static string JsonQuery(Random random) => random.Next(6) switch
    {
        0 => "*",
        1 => $"@kind:{{{Pick(random, "a", "A", "b")}}}",
        2 => $"@n:[{random.Next(4)} +inf]",
        3 => $"@word:{Word(random)}",
        _ => $"{Word(random)} | {Word(random)}",
    };

    private static string[] Hash(Random random)
    {
        var words = new List<string> { "title", Text(random, 4), "other", "o" };
        Add("body", Text(random, 12));
        Add("price", Pick(random, "1", "2.5", "3", "7", "9.25", "0.1", "1e3", "nope"));
        Add("size", $"{random.Next(6)}");
        Add("tags", $"{Tag(random)};{Tag(random)}");
        Add("name", Pick(random, Names));
        Add("at", FormattableString.Invariant($"{random.Next(-40, 40) / 10.0},{random.Next(490, 530) / 10.0}"));
        Add("v", Vector(random));
        return [.. words];

        void Add(string name, string value)
        {
            if (random.Next(6) > 0) words.AddRange([name, value]);
        }
    }

    private static string Json(Random random) =>
        $$$"""
        {"title":"{{{Ascii(Text(random, 5))}}}","n":{{{random.Next(5)}}},
         "kind":["{{{Pick(random, "a", "A", "b")}}}","c"],
         "deep":{"word":"{{{Ascii(Word(random))}}}"}}
        """;

    private static string Ascii(string text) => text.Replace("Ã¯", "i", StringComparison.Ordinal);

    private static string Vector(Random random)
    {
        var numbers = Enumerable.Range(0, 3).Select(_ => (float)random.Next(-4, 5)).ToArray();
        return Encoding.Latin1.GetString(MemoryMarshal.AsBytes<float>(numbers));
    }

    private static string Text(Random random, int most) =>
        string.Join(' ', Enumerable.Range(0, random.Next(1, most + 1)).Select(_ => Word(random)));

    /// <summary>The first words are frequent, the last rare; UTF-8 as the client sends it.</summary>
    private static string Word(Random random)
    {
        var word = Words[Math.Min(random.Next(Words.Length), random.Next(Words.Length))];
        return Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(word));
    }

    private static string Misspelt(Random random)
    {
        var word = Words[random.Next(Words.Length - 4)];
        var at = random.Next(word.Length);
        return random.Next(3) switch
        {
            0 => word.Remove(at, 1) + "e",
            1 => word.Insert(at, "z"),
            _ => word,
        };
    }

    private static string Tag(Random random) => Pick(random, Tags);

    private static string Pick(Random random, params string[] from) => from[random.Next(from.Length)];

    private static string[] Split(string line) => line.Split(' ');
}
