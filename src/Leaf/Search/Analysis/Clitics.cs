using System.Collections.Frozen;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>What hangs on a word by an apostrophe and is not part of it. Words are lower-case.</summary>
internal static class Clitics
{
    private static readonly FrozenSet<string> FrenchArticles =
        new[] { "l", "m", "t", "qu", "n", "s", "j", "d", "c", "jusqu", "quoiqu", "lorsqu", "puisqu" }.ToFrozenSet();

    private static readonly FrozenSet<string> ItalianArticles = new[]
    {
        "c", "l", "all", "dall", "dell", "nell", "sull", "coll", "pell", "gl", "agl", "dagl", "degl", "negl", "sugl",
        "un", "m", "t", "s", "v", "d",
    }.ToFrozenSet();

    /// <summary>English: <c>dog's</c> is <c>dog</c>.</summary>
    public static string StripPossessive(string word) =>
        word.Length > 2 && word[^1] == 's' && IsApostrophe(word[^2]) ? word[..^2] : word;

    /// <summary>French: <c>l'avion</c> is <c>avion</c>.</summary>
    public static string StripFrenchArticle(string word) => StripBefore(word, FrenchArticles);

    /// <summary>Italian: <c>dell'arte</c> is <c>arte</c>.</summary>
    public static string StripItalianArticle(string word) => StripBefore(word, ItalianArticles);

    /// <summary>Turkish: <c>istanbul'da</c> is <c>istanbul</c>.</summary>
    public static string StripTurkishSuffix(string word)
    {
        var at = FirstApostrophe(word);
        return at > 0 ? word[..at] : word;
    }

    /// <summary>What stands behind the first apostrophe, if one of some articles stands before it.</summary>
    public static string StripBefore(string word, FrozenSet<string> articles)
    {
        var at = FirstApostrophe(word);
        return at > 0 && at < word.Length - 1 && articles.Contains(word[..at]) ? word[(at + 1)..] : word;
    }

    private static int FirstApostrophe(string word) => word.AsSpan().IndexOfAny('\'', '\u2019', '\uFF07');

    private static bool IsApostrophe(char c) => c is '\'' or '\u2019' or '\uFF07';
}
