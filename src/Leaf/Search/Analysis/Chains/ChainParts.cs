using System.Collections.Frozen;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>How the cutter of a chain is made, once for each run.</summary>
/// <param name="Make">Makes it.</param>
/// <param name="Stages">What belongs to it and comes right behind it.</param>
internal sealed record CutterPlan(Func<TextCutter> Make, params FilterPlan[] Stages)
{
    /// <summary>Whether its work has to be counted.</summary>
    public bool IsCostly { get; init; }
}

/// <summary>How a filter of a chain is made, once for each run.</summary>
/// <param name="Make">Makes it.</param>
internal sealed record FilterPlan(Func<TokenStage> Make)
{
    /// <summary>Whether every word becomes one at most, in its place.</summary>
    public bool IsOneToOne { get; init; } = true;

    /// <summary>Whether it may leave words out.</summary>
    public bool Drops { get; init; }

    /// <summary>Whether several may stand in the place of one.</summary>
    public bool Stacks { get; init; }

    /// <summary>Whether only queries pass through it.</summary>
    public bool IsForQueries { get; init; }

    /// <summary>How the beginning of a word is written by it; null where it says nothing of that.</summary>
    public Func<string, string>? Normalize { get; init; }
}

/// <summary>What the making of a part may ask for.</summary>
/// <param name="Sets">The collection's synonyms, by name.</param>
/// <param name="Before">The words of a text as they are before the part.</param>
internal sealed record ChainScope(IReadOnlyDictionary<string, SynonymSet> Sets, Func<string, SynonymWay> Before);

/// <summary>A type of part.</summary>
/// <param name="Settings">The settings it takes.</param>
/// <param name="Make">Makes its plan.</param>
internal sealed record PartKind<T>(string[] Settings, Func<PartSettings, ChainScope, T> Make);

/// <summary>The parts that chains are made of, by their names in OpenSearch.</summary>
internal static class ChainParts
{
    private static readonly string[] GramSettings = ["min_gram", "max_gram", "token_chars"];

    private static readonly FrozenDictionary<string, Func<char, bool>> TokenChars =
        new Dictionary<string, Func<char, bool>>(StringComparer.Ordinal)
        {
            ["letter"] = c => char.IsLetter(c) || char.IsSurrogate(c),
            ["digit"] = char.IsDigit,
            ["whitespace"] = char.IsWhiteSpace,
            ["punctuation"] = char.IsPunctuation,
            ["symbol"] = char.IsSymbol,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly Dictionary<string, PartKind<CharFilter>> CharFilters = new(StringComparer.Ordinal)
    {
        ["html_strip"] = new(
            ["escaped_tags"],
            (settings, _) => new HtmlCharFilter(
                settings.List("escaped_tags").ToFrozenSet(StringComparer.OrdinalIgnoreCase))),
        ["mapping"] = new(["mappings"], (settings, _) => MakeMapping(settings)),
        ["pattern_replace"] = new(
            ["pattern", "replacement"],
            (settings, _) => new PatternCharFilter(settings.Pattern("pattern", ""), settings.Text("replacement", ""))),
    };

    private static readonly Dictionary<string, PartKind<CutterPlan>> Tokenizers = new(StringComparer.Ordinal)
    {
        ["standard"] = new([], (_, _) => new CutterPlan(() => new WordCutter())),
        ["whitespace"] = new([], (_, _) => new CutterPlan(() => new RunCutter(c => !char.IsWhiteSpace(c)))),
        ["letter"] = new([], (_, _) => new CutterPlan(() => new RunCutter(TokenChars["letter"]))),
        ["keyword"] = new([], (_, _) => new CutterPlan(() => new WholeCutter())),
        ["cjk"] = new([], (_, _) => new CutterPlan(() => new AnalyzerCutter(new CjkAnalyzer()))),
        ["pattern"] = new(["pattern", "group"], (settings, _) => MakePattern(settings)),
        ["ngram"] = new(GramSettings, (settings, _) => MakeGrams(settings, isEdge: false)),
        ["edge_ngram"] = new(GramSettings, (settings, _) => MakeGrams(settings, isEdge: true)),
    };

    /// <summary>Makes a char filter.</summary>
    public static CharFilter CharFilter(AnalysisPart part, ChainScope scope) =>
        Make(CharFilters, part, "char filter", scope);

    /// <summary>Makes a tokenizer.</summary>
    public static CutterPlan Tokenizer(AnalysisPart part, ChainScope scope) =>
        Make(Tokenizers, part, "tokenizer", scope);

    /// <summary>Makes a token filter.</summary>
    public static FilterPlan Filter(AnalysisPart part, ChainScope scope) =>
        Make(FilterParts.Kinds, part, "filter", scope);

    private static T Make<T>(Dictionary<string, PartKind<T>> kinds, AnalysisPart part, string what, ChainScope scope)
    {
        return kinds.TryGetValue(part.Type, out var kind)
            ? kind.Make(new PartSettings(part, kind.Settings), scope)
            : throw new AnalysisException(
                $"'{part.Type}' is no {what}; there are {string.Join(", ", kinds.Keys.Order(StringComparer.Ordinal))}");
    }

    private static MappingCharFilter MakeMapping(PartSettings settings) =>
        new(settings.List("mappings").Select(rule =>
        {
            var arrow = rule.IndexOf("=>", StringComparison.Ordinal);
            var from = arrow < 0 ? "" : rule[..arrow].Trim();
            return from.Length > 0
                ? (from, rule[(arrow + 2)..].Trim())
                : throw settings.Bad($"'mappings' has '{rule}'; a mapping is 'from => to'");
        }).ToArray());

    private static CutterPlan MakePattern(PartSettings settings)
    {
        var pattern = settings.Pattern("pattern", "\\W+");
        var group = settings.Number("group", -1, -1, 99);
        var groups = pattern.Regex.GetGroupNumbers();
        return groups.Contains(group) || group < 0
            ? new CutterPlan(() => new PatternCutter(pattern, group)) { IsCostly = !pattern.IsLinear }
            : throw settings.Bad($"'group' is {group}; the pattern has {string.Join(", ", groups)}");
    }

    private static CutterPlan MakeGrams(PartSettings settings, bool isEdge)
    {
        var (least, most) = FilterParts.Grams(settings, isEdge);
        var kinds = settings.List("token_chars").Select(name => TokenChars.TryGetValue(name, out var kind)
            ? kind
            : throw settings.Bad(
                $"'token_chars' has '{name}'; allowed are {string.Join(", ", TokenChars.Keys.Order())}"))
            .ToArray();
        return new CutterPlan(
            () => new RunCutter(c => kinds.Length == 0 || Array.Exists(kinds, kind => kind(c)), int.MaxValue),
            new FilterPlan(() => new GramStage(least, most, isEdge, keepsOriginal: false, isSpread: true)));
    }
}
