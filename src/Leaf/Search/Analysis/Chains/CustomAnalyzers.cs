using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>The chains of one collection, made once for all that share its schema. Immutable, thread-safe.</summary>
internal sealed class CustomAnalyzers
{
    private static readonly ConditionalWeakTable<AnalysisSchema, CustomAnalyzers> Made = [];

    private readonly FrozenDictionary<string, AnalysisChain> _chains;

    private CustomAnalyzers(AnalysisSchema schema)
    {
        Sets = schema.Synonyms.ToFrozenDictionary(set => set.Name, StringComparer.Ordinal);
        var chains = new Dictionary<string, AnalysisChain>(StringComparer.Ordinal);
        foreach (var analyzer in schema.Analyzers)
        {
            try
            {
                chains.Add(analyzer.Name, AnalysisChain.Make(analyzer, Sets));
            }
            catch (AnalysisException wrong)
            {
                Problem ??= $"analyzer '{analyzer.Name}': {wrong.Message}";
            }
        }

        _chains = chains.ToFrozenDictionary(StringComparer.Ordinal);
        Problem ??= ProblemOfUnused(schema);
    }

    /// <summary>What is wrong with one of them; null when nothing is.</summary>
    public string? Problem { get; }

    /// <summary>The collection's synonyms, by name.</summary>
    public FrozenDictionary<string, SynonymSet> Sets { get; }

    /// <summary>Names of the chains.</summary>
    public IEnumerable<string> Names => _chains.Keys.Order(StringComparer.Ordinal);

    /// <summary>Those of a schema, whose names are each there once.</summary>
    public static CustomAnalyzers Of(AnalysisSchema? schema) =>
        Made.GetValue(schema ?? AnalysisSchema.Empty, static one => new CustomAnalyzers(one));

    /// <summary>A chain by name, or null.</summary>
    public AnalysisChain? Find(string name) => _chains.GetValueOrDefault(name);

    /// <summary>What no chain refers to yet is to be written as it has to be all the same.</summary>
    private static string? ProblemOfUnused(AnalysisSchema schema)
    {
        var used = schema.Analyzers.SelectMany(analyzer => analyzer.Filters).SelectMany(part => part.Settings)
            .Where(setting => setting.Name == "synonyms_set").SelectMany(setting => setting.Values).ToHashSet();
        var rules = new SynonymRules(static text => new SynonymWay([(text, 1)]), expand: true, lenient: false);
        try
        {
            rules.Read(schema.Synonyms.Where(set => !used.Contains(set.Name)));
            return null;
        }
        catch (AnalysisException wrong)
        {
            return wrong.Message;
        }
    }
}
