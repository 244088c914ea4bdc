namespace Hedgerow.Protocol;

/// <summary>
/// The analyzers that a collection puts together itself, and its sets of synonyms. Both may be added to later; a set
/// may be replaced at any time, a chain as long as no field is indexed by it.
/// </summary>
public sealed record AnalysisSchema
{
    /// <summary>Most analyzers of one collection: 64.</summary>
    public const int AnalyzersMax = 64;

    /// <summary>Most sets of synonyms of one collection: 32.</summary>
    public const int SynonymSetsMax = 32;

    /// <summary>Nothing of either.</summary>
    public static AnalysisSchema Empty { get; } = new();

    /// <summary>Chains by name.</summary>
    public IReadOnlyList<AnalyzerSchema> Analyzers { get; init; } = [];

    /// <summary>Sets of synonyms by name.</summary>
    public IReadOnlyList<SynonymSet> Synonyms { get; init; } = [];
}

/// <summary>
/// A chain: text filters, then what cuts the text into words, then filters of words, each in its order.
/// </summary>
public sealed record AnalyzerSchema
{
    /// <summary>Most parts of one chain, the tokenizer counted: 32.</summary>
    public const int PartsMax = 32;

    /// <summary>1 to 255 characters; not the name of an analyzer that is always there.</summary>
    public required string Name { get; init; }

    /// <summary>What changes the text before it is cut.</summary>
    public IReadOnlyList<AnalysisPart> CharFilters { get; init; } = [];

    /// <summary>What cuts it.</summary>
    public required AnalysisPart Tokenizer { get; init; }

    /// <summary>What is done to the words.</summary>
    public IReadOnlyList<AnalysisPart> Filters { get; init; } = [];
}

/// <summary>One part of a chain. Which types there are, and which settings each takes, the leaf knows.</summary>
/// <param name="Type">Such as <c>lowercase</c>, in OpenSearch's names.</param>
/// <param name="Settings">What is not left at its default.</param>
public sealed record AnalysisPart(string Type, IReadOnlyList<AnalysisSetting> Settings)
{
    /// <summary>Most settings of one part: 16.</summary>
    public const int SettingsMax = 16;

    /// <summary>A part with nothing but defaults.</summary>
    public AnalysisPart(string type)
        : this(type, [])
    {
    }
}

/// <summary>A setting of a part: one value, or a list of them, as text.</summary>
public sealed record AnalysisSetting(string Name, IReadOnlyList<string> Values)
{
    /// <summary>Most values of a list: 10,000.</summary>
    public const int ValuesMax = 10_000;

    /// <summary>UTF-8 bytes of the longest value: 4,096.</summary>
    public const int ValueBytesMax = 4_096;

    /// <summary>A setting of one value.</summary>
    public AnalysisSetting(string name, string value)
        : this(name, [value])
    {
    }
}

/// <summary>Synonyms under a name, which chains refer to.</summary>
public sealed record SynonymSet
{
    /// <summary>Most rules of one set: 100,000.</summary>
    public const int RulesMax = 100_000;

    /// <summary>1 to 255 characters.</summary>
    public required string Name { get; init; }

    /// <summary>How the rules are written.</summary>
    public SynonymFormat Format { get; init; }

    /// <summary>
    /// One rule each. Solr: <c>ny, new york</c> (each means the others too) or <c>laptop =&gt; notebook, computer</c>
    /// (the left is replaced by the right). WordNet: lines of its Prolog file, <c>s(100,1,'quick',a,1,0).</c>
    /// </summary>
    public required IReadOnlyList<string> Rules { get; init; }
}

/// <summary>How rules of synonyms are written. The values are wire bytes.</summary>
public enum SynonymFormat : byte
{
    /// <summary>Solr's, which Elasticsearch and OpenSearch have too.</summary>
    Solr = 0,

    /// <summary>The Prolog file of WordNet.</summary>
    WordNet = 1,
}
