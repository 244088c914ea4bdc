using System.Collections.Frozen;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>What the words of a language need.</summary>
internal sealed class Language
{
    private readonly Lazy<FrozenSet<string>> _stopWords;
    private readonly Func<IStemmer>? _stemmer;
    private readonly bool _strips;

    public Language(string name, Func<IEnumerable<string>> stopWords, Func<IStemmer>? stemmer)
    {
        Name = name;
        _stemmer = stemmer;
        _stopWords = new Lazy<FrozenSet<string>>(() => stopWords().ToFrozenSet(StringComparer.Ordinal));
    }

    /// <summary>The analyzer's name.</summary>
    public string Name { get; }

    /// <summary>Lower-case words that carry no meaning of their own; read from the library on first use.</summary>
    public FrozenSet<string> StopWords => _stopWords.Value;

    /// <summary>Takes off what hangs on a word: articles, possessives, case endings.</summary>
    public Func<string, string> StripClitics
    {
        get;
        init
        {
            field = value;
            _strips = true;
        }
    } = static word => word;

    /// <summary>Lower case; Turkish has its own i.</summary>
    public Func<string, string> Lower { get; init; } = static word => word.ToLowerInvariant();

    /// <summary>Whether ASCII words are lower-cased letter by letter as ASCII: not in Turkish.</summary>
    public bool LowersAscii { get; init; } = true;

    /// <summary>Whether an ASCII word's term is the word in lower case: nothing is stripped or stemmed.</summary>
    public bool IsPlain => _stemmer is null && !_strips && LowersAscii;

    /// <summary>A new stemmer for one thread; null where words stay whole.</summary>
    public IStemmer? MakeStemmer() => _stemmer?.Invoke();
}
