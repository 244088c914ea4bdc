using System.Collections.Frozen;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>The analyzers by name. All are made on first use and live as long as the process.</summary>
internal static class Analyzers
{
    /// <summary>
    /// Characters of the longest term: 255, as in Lucene. Longer words (encoded blobs, mostly) give no term, but keep
    /// their position.
    /// </summary>
    public const int TermCharsMax = 255;

    private static readonly FrozenDictionary<string, Entry> ByName = MakeAll();

    /// <summary>Every name that a schema may use, sorted.</summary>
    public static IReadOnlyCollection<string> Names { get; } = ByName.Keys.Order(StringComparer.Ordinal).ToArray();

    /// <summary>Whether a schema may use the name; names are lower-case.</summary>
    public static bool IsKnown(string name) => ByName.ContainsKey(name);

    /// <summary>What is wrong with a field's analysis settings and what is allowed; null when nothing is.</summary>
    public static string? Problem(FieldSchema field)
    {
        if (field.Type is not (FieldType.Text or FieldType.Completion)) return null;
        if (!ByName.TryGetValue(field.Analyzer, out var entry))
            return $"field '{field.Name}': unknown analyzer '{field.Analyzer}'; known are {string.Join(", ", Names)}";
        return field.StopWords && entry.WithStopWords is null
            ? $"field '{field.Name}': analyzer '{field.Analyzer}' has no stop words; leave stopWords out"
            : null;
    }

    /// <summary>
    /// What is wrong with the analysis settings of a field, its search analyzer included, and what is allowed; null
    /// when nothing is.
    /// </summary>
    public static string? Problem(CollectionSchema schema, FieldSchema field)
    {
        if (field.Type != FieldType.Text && field.SearchAnalyzer is not null)
        {
            return $"field '{field.Name}' is {field.Type.ToString().ToLowerInvariant()}; only text has a search "
                + "analyzer";
        }

        if (field.Type is not (FieldType.Text or FieldType.Completion)) return null;

        if (field.SearchAnalyzer is { } search && QueryProblem(schema, search) is { } wrong)
            return $"field '{field.Name}': {wrong}";
        if (CustomAnalyzers.Of(schema.Analysis).Find(field.Analyzer) is null)
        {
            return IsKnown(field.Analyzer)
                ? Problem(field)
                : $"field '{field.Name}': {QueryProblem(schema, field.Analyzer)}";
        }

        return field.StopWords
            ? $"field '{field.Name}': analyzer '{field.Analyzer}' is the collection's own; put a stop filter into it "
                + "and leave stopWords out"
            : null;
    }

    /// <summary>Why an analyzer cannot be named in a query on a collection, or null.</summary>
    public static string? QueryProblem(CollectionSchema schema, string name)
    {
        var own = CustomAnalyzers.Of(schema.Analysis);
        if (IsKnown(name) || own.Find(name) is not null) return null;
        return $"unknown analyzer '{name}'; known are {string.Join(", ", own.Names.Concat(Names))}";
    }

    /// <summary>What documents are indexed by in a text field of a collection.</summary>
    public static IAnalyzer ForDocuments(CollectionSchema schema, FieldSchema field) =>
        CustomAnalyzers.Of(schema.Analysis).Find(field.Analyzer)?.ForDocuments ?? Get(field);

    /// <summary>What queries on a text field of a collection are read by.</summary>
    /// <param name="schema">The collection.</param>
    /// <param name="field">The field.</param>
    /// <param name="name">An analyzer that the query names, which has no <see cref="QueryProblem"/>.</param>
    public static IAnalyzer ForQueries(CollectionSchema schema, FieldSchema field, string? name = null)
    {
        name ??= field.SearchAnalyzer ?? field.Analyzer;
        if (CustomAnalyzers.Of(schema.Analysis).Find(name) is { } chain) return chain.ForQueries;
        return name == field.Analyzer ? Get(field) : Plain(name);
    }

    /// <summary>One that is always there, by name.</summary>
    public static IAnalyzer Plain(string name) => ByName[name].Plain.Value;

    /// <summary>The analyzer of a field. A field that is not text has the one that takes the whole value.</summary>
    /// <exception cref="ArgumentException">The settings have a <see cref="Problem(FieldSchema)"/>.</exception>
    public static IAnalyzer Get(FieldSchema field)
    {
        if (field.Type is not (FieldType.Text or FieldType.Completion)) return ByName["keyword"].Plain.Value;
        if (Problem(field) is { } problem) throw new ArgumentException(problem, nameof(field));
        var entry = ByName[field.Analyzer];
        return (field.StopWords ? entry.WithStopWords! : entry.Plain).Value;
    }

    private static FrozenDictionary<string, Entry> MakeAll()
    {
        var all = new Dictionary<string, Entry>(StringComparer.Ordinal)
        {
            ["keyword"] = new(new Lazy<IAnalyzer>(() => new KeywordAnalyzer()), null),
            ["cjk"] = new(new Lazy<IAnalyzer>(() => new CjkAnalyzer()), null),
            ["whitespace"] = new(new Lazy<IAnalyzer>(() => new WhitespaceAnalyzer()), null),
        };
        foreach (var language in Languages.All)
        {
            all[language.Name] = new Entry(
                new Lazy<IAnalyzer>(() => new TextAnalyzer(language, stopWords: false)),
                new Lazy<IAnalyzer>(() => new TextAnalyzer(language, stopWords: true)));
        }

        return all.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private sealed record Entry(Lazy<IAnalyzer> Plain, Lazy<IAnalyzer>? WithStopWords);
}
