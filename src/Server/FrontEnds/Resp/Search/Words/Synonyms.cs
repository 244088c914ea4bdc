namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// The groups of synonyms of an index, by their words. Made in one pass over them; the words that are looked for with
/// one are put together when it is looked for. Immutable, thread-safe.
/// </summary>
internal sealed class Synonyms
{
    /// <summary>Words that are looked for with one, over all of its groups: each is a part of the query.</summary>
    public const int WordsMax = 64;

    /// <summary>Groups that one word may be in.</summary>
    public const int GroupsMax = 16;

    /// <summary>
    /// Words that are looked for with one, times the text attributes they are looked for in: half of what a query may
    /// have.
    /// </summary>
    public const int PartsMax = 512;

    private readonly Dictionary<string, List<string[]>> _groups = new(StringComparer.Ordinal);

    /// <param name="lists">The groups.</param>
    /// <param name="version">Of the entry that they are read from; 0 where there is none.</param>
    public Synonyms(WordLists lists, ulong version)
    {
        Version = version;
        foreach (var list in lists.Values)
        {
            string[] words = [.. list.Take(WordsMax)];
            foreach (var word in words)
            {
                if (!_groups.TryGetValue(word, out var groups)) _groups[word] = groups = [];
                if (groups.Count < GroupsMax) groups.Add(words);
            }
        }
    }

    /// <summary>No synonyms.</summary>
    public static Synonyms None { get; } = new([], 0);

    /// <summary>Of the entry that they were read from.</summary>
    public ulong Version { get; }

    /// <summary>Words that are looked for with one in an index of so many text attributes.</summary>
    public static int MostFor(int textFields) => Math.Clamp(PartsMax / Math.Max(1, textFields), 1, WordsMax);

    /// <summary>The words that are looked for with one, itself among them, in the order of their characters.</summary>
    /// <param name="word">The word.</param>
    /// <param name="most">How many they may be: attributes that were added later may leave some out.</param>
    public IReadOnlyList<string> Of(string word, int most = WordsMax)
    {
        var plain = word.ToLowerInvariant();
        if (!_groups.TryGetValue(plain, out var groups)) return [word];
        var words = new SortedSet<string>(StringComparer.Ordinal) { plain };
        foreach (var other in groups.SelectMany(group => group))
            if (words.Count < most) words.Add(other);
        return [.. words];
    }

    /// <summary>What is wrong with groups after a change of one; null when nothing is.</summary>
    /// <param name="lists">The groups.</param>
    /// <param name="changed">The name of the one.</param>
    /// <param name="textFields">Text attributes of the index.</param>
    public static string? Problem(WordLists lists, string changed, int textFields)
    {
        var most = MostFor(textFields);
        if (lists.Of(changed).Count > most) return TooMany(lists.Of(changed).Count, "in the group", most, textFields);
        var others = lists.Of(changed).ToDictionary(word => word, _ => new List<SortedSet<string>>());
        foreach (var list in lists.Values)
            foreach (var word in list)
                if (others.TryGetValue(word, out var groups)) groups.Add(list);
        foreach (var (word, groups) in others)
        {
            if (groups.Count > GroupsMax)
                return $"ERR `{word}` would be in {groups.Count} groups; at most {GroupsMax} are allowed";
            var union = groups.SelectMany(group => group).Distinct(StringComparer.Ordinal).Take(most + 1).Count();
            if (union > most) return TooMany(union, $"looked for with `{word}`, over its groups", most, textFields);
        }

        return null;
    }

    private static string TooMany(int words, string where, int most, int textFields) =>
        $"ERR there would be {words} words or more {where}; at most {most} are allowed where an index has "
        + $"{textFields} TEXT attributes, since a query looks for each in each of them";
}
