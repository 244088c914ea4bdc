namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// A word as it stands in the text to the term it is indexed as. Remembers recent answers, because text repeats itself:
/// most words never reach the stemmer. Not thread-safe; one per thread.
/// </summary>
/// <remarks>
/// The memory is a direct-mapped table: a word has one slot, and a newcomer drives the old one out. So it is bounded by
/// construction (8,192 slots of at most two strings of 32 characters, 1.3 MiB at worst) and needs no upkeep.
/// </remarks>
internal sealed class TermMaker
{
    private const int Slots = 8_192;
    private const int RememberedCharsMax = 32;

    private readonly Language _language;
    private readonly bool _stopWords;
    private readonly IStemmer? _stemmer;
    private readonly (string? Word, string Term)[] _memory = new (string?, string)[Slots];

    public TermMaker(Language language, bool stopWords)
    {
        _language = language;
        _stopWords = stopWords;
        _stemmer = language.MakeStemmer();
    }

    /// <summary>The term; empty when the word gives none.</summary>
    public string TermOf(ReadOnlySpan<char> word)
    {
        if (word.Length > RememberedCharsMax) return Make(word.ToString());
        ref var slot = ref _memory[string.GetHashCode(word) & (Slots - 1)];
        if (slot.Word is not null && word.SequenceEqual(slot.Word)) return slot.Term;
        var text = word.ToString();
        slot = (text, Make(text));
        return slot.Term;
    }

    private string Make(string word)
    {
        var lower = _language.Lower(Folding.Compose(word));
        var bare = _language.StripClitics(lower);
        if (_stopWords && _language.StopWords.Contains(bare)) return "";
        var stem = _stemmer is null ? bare : _stemmer.Stem(bare);
        var term = Folding.Fold(stem);
        return term.Length <= Analyzers.TermCharsMax ? term : "";
    }
}
