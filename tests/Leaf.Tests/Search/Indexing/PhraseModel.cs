namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>Phrase frequency by trying every choice of positions: the windows that hold no smaller one.</summary>
internal static class PhraseModel
{
    public static double Frequency(string[] text, string[] phrase, int slop) => Frequency(
        text.Length, phrase.Length, slop, (at, word) => text[at] == phrase[word],
        (one, other) => phrase[one] != phrase[other]);

    /// <summary>The same of words that may stand for several.</summary>
    /// <param name="length">Words of the text.</param>
    /// <param name="words">Words of the phrase.</param>
    /// <param name="slop">Widest window.</param>
    /// <param name="fits">Whether a place of the text can be a word of the phrase.</param>
    /// <param name="mayShare">Whether a word of the phrase and a later one may be the same place.</param>
    public static double Frequency(
        int length, int words, int slop, Func<int, int, bool> fits, Func<int, int, bool> mayShare)
    {
        var windows = new HashSet<(int Start, int End)>();
        Try(0, [], length, words, slop, fits, mayShare, windows);
        return windows
            .Where(w => !windows.Any(inner => inner != w && inner.Start >= w.Start && inner.End <= w.End))
            .Sum(w => 1.0 / (1 + w.End - w.Start));
    }

    private static void Try(
        int word, List<int> chosen, int length, int words, int slop, Func<int, int, bool> fits,
        Func<int, int, bool> mayShare, HashSet<(int Start, int End)> windows)
    {
        if (word == words)
        {
            var lined = chosen.Select((position, i) => position - i).ToList();
            windows.Add((lined.Min(), lined.Max()));
            return;
        }

        for (var at = 0; at < length; at++)
        {
            if (!fits(at, word)) continue;
            var taken = chosen.IndexOf(at);
            if (taken >= 0 && !mayShare(taken, word)) continue;
            var lined = chosen.Select((position, i) => position - i).Append(at - word).ToList();
            if (lined.Max() - lined.Min() > slop) continue;
            chosen.Add(at);
            Try(word + 1, chosen, length, words, slop, fits, mayShare, windows);
            chosen.RemoveAt(chosen.Count - 1);
        }
    }
}
