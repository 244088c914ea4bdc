namespace Hedgerow.Protocol;

/// <summary>How the words of a text are matched beyond being looked up. Immutable.</summary>
public sealed record MatchRules
{
    /// <summary>Most terms that one misspelt or unfinished word may stand for: 1,024.</summary>
    public const int ExpansionsMax = 1_024;

    /// <summary>Terms that it stands for where nothing is said: 50.</summary>
    public const int ExpansionsStandard = 50;

    /// <summary>Words as they are, any of them, no words matching nothing.</summary>
    public static MatchRules Plain { get; } = new();

    /// <summary>How far words may be misspelt; null: not at all.</summary>
    public Fuzziness? Fuzziness { get; init; }

    /// <summary>Characters at the beginning of a misspelt word that have to be the same.</summary>
    public int PrefixLength { get; init; }

    /// <summary>
    /// Most terms that a misspelt word stands for, 1 to <see cref="ExpansionsMax"/>: those nearest to it in the whole
    /// collection, however many shards it has.
    /// </summary>
    public int MaxExpansions { get; init; } = ExpansionsStandard;

    /// <summary>How many words have to match, as <see cref="ClauseMinimum"/> reads it; null: one.</summary>
    public string? MinimumShouldMatch { get; init; }

    /// <summary>Whether a text of which the analyzer leaves nothing matches all documents rather than none.</summary>
    public bool ZeroTermsAll { get; init; }

    /// <summary>Whether a text that is no value of the field matches nothing rather than being an error.</summary>
    public bool Lenient { get; init; }

    /// <summary>
    /// The analyzer of the text, one of the collection's or one that is always there; null for the field's.
    /// </summary>
    public string? Analyzer { get; init; }
}
