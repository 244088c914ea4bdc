using System.Buffers;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Durability;

/// <summary>What analyzers and synonyms a schema may declare, and how a second declaration changes them.</summary>
internal static class AnalysisRules
{
    private const int NameCharsMax = 255;

    /// <summary>What is wrong and what is allowed; null when nothing is.</summary>
    public static string? Problem(AnalysisSchema? analysis)
    {
        if (analysis is null) return null;
        if (analysis.Analyzers.Count > AnalysisSchema.AnalyzersMax)
        {
            return $"it has {analysis.Analyzers.Count} analyzers of its own; at most {AnalysisSchema.AnalyzersMax} are "
                + "allowed";
        }

        if (analysis.Synonyms.Count > AnalysisSchema.SynonymSetsMax)
        {
            return $"it has {analysis.Synonyms.Count} sets of synonyms; at most {AnalysisSchema.SynonymSetsMax} are "
                + "allowed";
        }

        var problem = NamesProblem("analyzer", analysis.Analyzers.Select(analyzer => analyzer.Name))
            ?? NamesProblem("set of synonyms", analysis.Synonyms.Select(set => set.Name));
        if (problem is not null) return problem;
        if (analysis.Analyzers.FirstOrDefault(one => Analyzers.IsKnown(one.Name)) is { } taken)
            return $"analyzer '{taken.Name}' is always there and cannot be declared; choose another name";
        if (analysis.Synonyms.FirstOrDefault(one => one.Rules.Count > SynonymSet.RulesMax) is { } large)
        {
            return $"synonyms '{large.Name}' have {large.Rules.Count} rules; at most {SynonymSet.RulesMax} are allowed";
        }

        return CustomAnalyzers.Of(analysis).Problem;
    }

    /// <summary>
    /// What a collection has, with what is declared in the place of what is called the same. The same instance where
    /// nothing changes.
    /// </summary>
    /// <param name="stored">The collection.</param>
    /// <param name="declared">What is declared; null leaves all as it is.</param>
    /// <param name="error">Which field is indexed by a chain that would become another.</param>
    public static AnalysisSchema? Merge(CollectionSchema stored, AnalysisSchema? declared, out string? error)
    {
        error = null;
        var before = stored.Analysis;
        if (declared is null || (before is not null && Written(before).SequenceEqual(Written(declared)))) return before;
        foreach (var analyzer in declared.Analyzers)
        {
            var known = before?.Analyzers.FirstOrDefault(one => one.Name == analyzer.Name);
            if (known is null || IsIndexedAlike(known, analyzer)) continue;
            if (stored.Fields.FirstOrDefault(field => IsIndexedBy(field, analyzer.Name)) is not { } field) continue;
            error = $"Collection '{stored.Name}': field '{field.Name}' is indexed by analyzer '{analyzer.Name}', which "
                + "cannot become another (its synonyms can). Declare an analyzer of another name, or reindex into "
                + "another collection under an alias.";
            return before;
        }

        var merged = Joined(before, declared)!;
        return before is not null && Written(before).SequenceEqual(Written(merged)) ? before : merged;
    }

    /// <summary>What there was, with what is declared in the place of what is called the same, unchecked.</summary>
    public static AnalysisSchema? Joined(AnalysisSchema? before, AnalysisSchema? declared) =>
        before is null || declared is null
            ? declared ?? before
            : new AnalysisSchema
            {
                Analyzers = Joined(before.Analyzers, declared.Analyzers, one => one.Name),
                Synonyms = Joined(before.Synonyms, declared.Synonyms, one => one.Name),
            };

    private static bool IsIndexedBy(FieldSchema field, string analyzer) =>
        (field.Type is FieldType.Text or FieldType.Completion) && field.Analyzer == analyzer;

    /// <summary>Whether documents give the same terms by both: synonyms are for queries only.</summary>
    private static bool IsIndexedAlike(AnalyzerSchema one, AnalyzerSchema other) =>
        Written(ForDocuments(one)).SequenceEqual(Written(ForDocuments(other)));

    private static AnalysisSchema ForDocuments(AnalyzerSchema analyzer) => new()
    {
        Analyzers =
        [
            analyzer with
            {
                Filters = [.. analyzer.Filters.Where(part => part.Type is not ("synonym" or "synonym_graph"))],
            },
        ],
    };

    private static T[] Joined<T>(IReadOnlyList<T> before, IReadOnlyList<T> declared, Func<T, string> name)
        where T : class
    {
        var known = before.Select(name).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. before.Select(one => declared.FirstOrDefault(other => name(other) == name(one)) ?? one),
            .. declared.Where(one => !known.Contains(name(one))),
        ];
    }

    private static byte[] Written(AnalysisSchema analysis)
    {
        var output = new ArrayBufferWriter<byte>();
        CollectionCodec.Write(output, new CollectionSchema { Name = "-", Fields = [], Analysis = analysis });
        return output.WrittenSpan.ToArray();
    }

    private static string? NamesProblem(string what, IEnumerable<string> names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (name.Length is 0 or > NameCharsMax)
                return $"the name of an {what} has {name.Length} characters; 1 to {NameCharsMax} are allowed";
            if (!seen.Add(name)) return $"{what} '{name}' is declared twice";
        }

        return null;
    }
}
