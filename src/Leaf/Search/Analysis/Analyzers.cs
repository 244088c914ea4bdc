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

    /// <summary>The analyzer of a field. A field that is not text has the one that takes the whole value.</summary>
    /// <exception cref="ArgumentException">The settings have a <see cref="Problem"/>.</exception>
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
