using System.IO.Hashing;
using System.Text;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// A word as it stands in the text to the term it is indexed as. Remembers recent answers, because text repeats itself:
/// most words never reach the stemmer. Not thread-safe; one per thread.
/// </summary>
/// <remarks>
/// The memory is two direct-mapped tables, of words in characters and of ASCII words in lower-case bytes: a word has
/// one slot, and a newcomer drives the old one out. So it is bounded by construction (8,192 slots each of at most two
/// texts of 32 characters, 2.3 MiB at worst) and needs no upkeep.
/// </remarks>
internal sealed class TermMaker
{
    private const int Slots = 8_192;
    private const int RememberedCharsMax = 32;

    private readonly Language _language;
    private readonly bool _stopWords;
    private readonly IStemmer? _stemmer;
    private readonly (string? Word, string Term)[] _memory = new (string?, string)[Slots];
    private readonly (byte[]? Word, byte[] Term)[] _byteMemory;

    public TermMaker(Language language, bool stopWords)
    {
        _language = language;
        _stopWords = stopWords;
        _stemmer = language.MakeStemmer();
        IsPlain = language.IsPlain && !stopWords;
        _byteMemory = new (byte[]?, byte[])[IsPlain ? 0 : Slots];
    }

    /// <summary>Whether the term of an ASCII word is the word in lower case.</summary>
    public bool IsPlain { get; }

    /// <summary>Whether <see cref="TermOf(ReadOnlySpan{byte})"/> may be asked.</summary>
    public bool TakesLower => _language.LowersAscii;

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

    /// <summary>The term of an ASCII word in lower case, as UTF-8; empty when the word gives none.</summary>
    public ReadOnlySpan<byte> TermOf(ReadOnlySpan<byte> lower)
    {
        if (lower.Length > RememberedCharsMax) return MakeBytes(lower);
        ref var slot = ref _byteMemory[(int)XxHash3.HashToUInt64(lower) & (Slots - 1)];
        if (slot.Word is not null && lower.SequenceEqual(slot.Word)) return slot.Term;
        slot = (lower.ToArray(), MakeBytes(lower));
        return slot.Term;
    }

    private byte[] MakeBytes(ReadOnlySpan<byte> lower) =>
        Encoding.UTF8.GetBytes(Make(Encoding.ASCII.GetString(lower)));

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
