using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Corrections of single words, by what all shards counted.</summary>
internal static class WordCorrection
{
    public static WordAnswer Of(WordQuery query, SpellingReply counts) => new(
        query.Name,
        [
            .. counts.Words.Select(word => new WordRow(
                query.Text.Substring(word.Start, word.Length), word.Start, word.Documents, Options(query, word))),
        ]);

    private static WordOption[] Options(WordQuery query, SpellingWord word)
    {
        if (query.Mode == SuggestMode.Missing && word.Documents > 0) return [];
        var options = word.Near
            .Where(near => query.Mode != SuggestMode.Popular || near.Documents > word.Documents)
            .Select(near => new WordOption(near.Term, near.Edits, Score(word.Term, near), near.Documents));
        var ordered = query.ByFrequency
            ? options.OrderByDescending(option => option.Documents).ThenByDescending(option => option.Score)
            : options.OrderByDescending(option => option.Score).ThenByDescending(option => option.Documents);
        return [.. ordered.ThenBy(option => option.Text, PathOrder.Instance).Take(query.Size)];
    }

    private static double Score(string word, NearTerm near) =>
        1 - ((double)near.Edits / Math.Max(Length(word), Length(near.Term)));

    private static int Length(string text) => text.EnumerateRunes().Count();
}
