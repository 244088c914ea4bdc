namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// Chinese, Japanese and Korean without a dictionary: letters that stand side by side become overlapping pairs, a
/// letter
/// that stands alone stays one; other words are as in <c>standard</c>. The pairs of a word stand one behind the other,
/// so that a phrase finds it. As Lucene's CJKAnalyzer, less its stop words.
/// </summary>
internal sealed class CjkAnalyzer : IAnalyzer
{
    /// <inheritdoc/>
    public void Analyze(ReadOnlySpan<char> text, ITokenSink sink)
    {
        var scratch = AnalysisScratch.Rent();
        try
        {
            var words = scratch.Words;
            var (position, lastWord, runStart, runStop) = (-1, -1, 0, 0);
            words.Begin(text);
            while (words.MoveNext())
            {
                var isCjk = IsCjk(text[words.Start]);
                if (!isCjk || words.Start != runStop)
                {
                    Pairs(text, runStart, runStop, ref position, sink);
                    runStart = words.Start;
                }

                // Words too long to be terms are passed over, and keep their places.
                position += words.Position - lastWord - 1;
                lastWord = words.Position;
                runStop = words.Stop;
                if (isCjk) continue;
                position++;
                Add(text, words.Start, words.Stop, position, sink);
                (runStart, runStop) = (0, 0);
            }

            Pairs(text, runStart, runStop, ref position, sink);
        }
        finally
        {
            AnalysisScratch.Return(scratch, text.Length);
        }
    }

    /// <inheritdoc/>
    public string Normalize(string text) => Folding.Fold(Folding.Compose(text).ToLowerInvariant());

    private static void Pairs(ReadOnlySpan<char> text, int start, int stop, ref int position, ITokenSink sink)
    {
        if (start == stop) return;
        var second = Next(text, start, stop);
        if (second == stop) Add(text, start, stop, ++position, sink);
        for (var first = start; second < stop; (first, second) = (second, Next(text, second, stop)))
            Add(text, first, Next(text, second, stop), ++position, sink);
    }

    private static void Add(ReadOnlySpan<char> text, int start, int stop, int position, ITokenSink sink)
    {
        var term = Folding.Fold(Folding.Compose(text[start..stop].ToString()).ToLowerInvariant());
        if (term.Length is > 0 and <= Analyzers.TermCharsMax) sink.Add(term, position, start, stop);
    }

    /// <summary>Behind one letter: a surrogate pair is one, and a sound mark belongs to the letter before it.</summary>
    private static int Next(ReadOnlySpan<char> text, int at, int stop)
    {
        at += char.IsHighSurrogate(text[at]) && at + 1 < stop ? 2 : 1;
        while (at < stop && text[at] is '\u3099' or '\u309A' or '\uFF9E' or '\uFF9F') at++;
        return at;
    }

    /// <summary>Han, kana and Hangul; ideographs outside the first plane begin with a surrogate of these.</summary>
    private static bool IsCjk(char letter) => letter switch
    {
        < '\u1100' => false,
        <= '\u11FF' or (>= '\u2E80' and <= '\u2FDF') or '\u3005' or '\u3007' => true,
        (>= '\u3021' and <= '\u3029') or (>= '\u3038' and <= '\u303B') or (>= '\u3041' and <= '\u30FF') => true,
        (>= '\u3130' and <= '\u318F') or (>= '\u31F0' and <= '\u31FF') or (>= '\u3400' and <= '\u4DBF') => true,
        (>= '\u4E00' and <= '\u9FFF') or (>= '\uA960' and <= '\uA97F') or (>= '\uAC00' and <= '\uD7FF') => true,
        (>= '\uD840' and <= '\uD8BF') or (>= '\uF900' and <= '\uFAFF') or (>= '\uFF66' and <= '\uFFDC') => true,
        _ => false,
    };
}
