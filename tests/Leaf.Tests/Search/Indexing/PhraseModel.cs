namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>Phrase frequency by trying every choice of positions: the windows that hold no smaller one.</summary>
internal static class PhraseModel
{
    public static double Frequency(string[] text, string[] phrase, int slop)
    {
        var windows = new HashSet<(int Start, int End)>();
        Try(0, [], text, phrase, slop, windows);
        return windows
            .Where(w => !windows.Any(inner => inner != w && inner.Start >= w.Start && inner.End <= w.End))
            .Sum(w => 1.0 / (1 + w.End - w.Start));
    }

    private static void Try(
        int word, List<int> chosen, string[] text, string[] phrase, int slop, HashSet<(int Start, int End)> windows)
    {
        if (word == phrase.Length)
        {
            var lined = chosen.Select((position, i) => position - i).ToList();
            windows.Add((lined.Min(), lined.Max()));
            return;
        }

        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != phrase[word] || chosen.Contains(at)) continue;
            var lined = chosen.Select((position, i) => position - i).Append(at - word).ToList();
            if (lined.Max() - lined.Min() > slop) continue;
            chosen.Add(at);
            Try(word + 1, chosen, text, phrase, slop, windows);
            chosen.RemoveAt(chosen.Count - 1);
        }
    }
}
