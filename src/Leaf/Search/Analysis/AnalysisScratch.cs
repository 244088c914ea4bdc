namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// What one thread needs to analyse: a tokenizer, stemmers and term caches, none of which is thread-safe and all of
/// which are dear to make. A thread that analyses while it analyses (a sink that calls an analyzer) gets a second one.
/// </summary>
internal sealed class AnalysisScratch
{
    private const int KeptTextCharsMax = 256 * 1_024;
    private const int LowerBytesAtFirst = 4 * 1_024;

    [ThreadStatic]
    private static AnalysisScratch? t_idle;

    private readonly Dictionary<(string Language, bool StopWords), TermMaker> _terms = [];

    private AnalysisScratch()
    {
    }

    /// <summary>The exact word cutter of this thread.</summary>
    public WordSegmenter Words { get; private set; } = new();

    /// <summary>The text that is scanned, lower-cased, one byte a character; only its ASCII words mean anything.
    /// </summary>
    public byte[] Lower { get; private set; } = new byte[LowerBytesAtFirst];

    /// <summary>Room for the lower-cased bytes of a text and of the block that it ends in.</summary>
    public byte[] LowerOf(int length)
    {
        if (Lower.Length < length + CharMasks.BlockChars)
            Lower = new byte[Math.Max(Lower.Length * 2, length + CharMasks.BlockChars)];
        return Lower;
    }

    /// <summary>Takes the thread's own, or makes one.</summary>
    public static AnalysisScratch Rent()
    {
        var scratch = t_idle ?? new AnalysisScratch();
        t_idle = null;
        return scratch;
    }

    /// <summary>Gives it back, without the buffers if the text was long.</summary>
    public static void Return(AnalysisScratch scratch, int textLength)
    {
        scratch.Words.Leave();
        if (textLength > KeptTextCharsMax)
        {
            scratch.Words = new WordSegmenter();
            scratch.Lower = new byte[LowerBytesAtFirst];
        }

        t_idle = scratch;
    }

    /// <summary>The word-to-term step of a language.</summary>
    public TermMaker TermsOf(Language language, bool stopWords)
    {
        var key = (language.Name, stopWords);
        if (_terms.TryGetValue(key, out var terms)) return terms;
        terms = new TermMaker(language, stopWords);
        _terms.Add(key, terms);
        return terms;
    }
}
