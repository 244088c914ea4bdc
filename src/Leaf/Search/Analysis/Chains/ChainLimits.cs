namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>How far a chain may go.</summary>
internal static class ChainLimits
{
    /// <summary>
    /// Characters of the longest word between two parts; longer ones give no term and keep their place.
    /// </summary>
    public const int WordCharsMax = 32_766;

    /// <summary>Characters of the longest gram.</summary>
    public const int GramCharsMax = 64;

    /// <summary>Lengths that grams from one place may have; those of beginnings may have all.</summary>
    public const int GramLengthsMax = 8;

    /// <summary>Parts of a chain that make several words of one: more would multiply.</summary>
    public const int MultiplyingMax = 2;

    /// <summary>Words of the longest shingle.</summary>
    public const int ShingleWordsMax = 8;

    /// <summary>Characters of the longest pattern.</summary>
    public const int PatternCharsMax = 512;

    /// <summary>
    /// Characters that searches of patterns which are not known to be linear may look at in one document: a second or
    /// two.
    /// </summary>
    public const long PatternWorkMax = 1L << 27;

    /// <summary>Words that a filter of single words keeps in mind, or leaves out.</summary>
    public const int TokensMax = 1_000_000;

    /// <summary>Words on one side of a rule of synonyms.</summary>
    public const int SynonymWordsMax = 16;

    /// <summary>Texts on one side of a rule of synonyms, or in a synset.</summary>
    public const int SynonymTextsMax = 1_024;

    /// <summary>What one text may mean by all rules, itself counted.</summary>
    public const int SynonymWaysMax = 64;
}
