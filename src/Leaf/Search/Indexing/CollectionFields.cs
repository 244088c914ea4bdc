using System.Text;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>A schema made ready for work: field names as bytes, analyzers at hand. Immutable, thread-safe.</summary>
internal sealed class CollectionFields
{
    private readonly Func<FieldSchema, IAnalyzer> _makeAnalyzer;
    private readonly IAnalyzer?[] _analyzers;
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly Lazy<FieldNode> _root;
    private readonly Lazy<ulong> _names;
    private readonly int _declared;
    private Widened? _widened;

    /// <param name="schema">The fields.</param>
    /// <param name="analyzers">Analyzer of a text field.</param>
    /// <param name="declared">How many of them were declared; null for all.</param>
    public CollectionFields(CollectionSchema schema, Func<FieldSchema, IAnalyzer> analyzers, int? declared = null)
    {
        _declared = Math.Min(declared ?? schema.Fields.Count, schema.Fields.Count);
        Fields = [.. schema.Fields];
        Schema = schema;
        _makeAnalyzer = analyzers;
        _root = new Lazy<FieldNode>(MakeRoot);
        _names = new Lazy<ulong>(() => KnownFields.SumOf(Fields.Select(field => field.Name)));
        var own = CustomAnalyzers.Of(schema.Analysis);
        _analyzers =
        [
            .. Fields.Select(field => field.Type is not (FieldType.Text or FieldType.Completion)
                ? null
                : own.Find(field.Analyzer)?.ForDocuments ?? analyzers(field)),
        ];
        HasCostly = Array.Exists(_analyzers, analyzer => analyzer is { IsCostly: true });
        for (var i = 0; i < Fields.Length; i++) _byName.Add(Fields[i].Name, i);
        PathPrefix = Encoding.UTF8.GetBytes(schema.PathPrefix);
    }

    /// <summary>What it was made from.</summary>
    public CollectionSchema Schema { get; }

    /// <summary>Its fields; a field's number is its place here.</summary>
    public FieldSchema[] Fields { get; }

    /// <summary>The members of a document that are fields, or that have some within.</summary>
    public FieldNode Root => _root.Value;

    /// <summary>What the paths of its documents begin with.</summary>
    public byte[] PathPrefix { get; }

    /// <summary>Whether a query may name a field that no document of this shard has had yet.</summary>
    public bool TakesUnknown => Schema.Mapping == MappingMode.Dynamic;

    /// <summary>Whether the work of some analyzer has to be counted.</summary>
    public bool HasCostly { get; }

    /// <summary>What documents are indexed by in a text or completion field.</summary>
    public IAnalyzer Analyzer(int field) => _analyzers[field]!;

    /// <summary>Whether the work of a field's analyzer has to be counted.</summary>
    public bool IsCostly(int field) => _analyzers[field] is { IsCostly: true };

    /// <summary>What queries on a text field are read by.</summary>
    /// <param name="field">Its number.</param>
    /// <param name="name">An analyzer that the query names; it has no <see cref="Analyzers.QueryProblem"/>.</param>
    /// <param name="withSynonyms">Whether its synonyms count.</param>
    public IAnalyzer QueryAnalyzer(int field, string? name = null, bool withSynonyms = true)
    {
        name ??= Fields[field].SearchAnalyzer ?? Fields[field].Analyzer;
        if (CustomAnalyzers.Of(Schema.Analysis).Find(name) is { } chain)
            return withSynonyms ? chain.ForQueries : chain.ForDocuments;
        return name == Fields[field].Analyzer ? _analyzers[field]! : Analyzers.Plain(name);
    }

    /// <summary>The members of documents that feed a field.</summary>
    public static IReadOnlyList<string> SourcesOf(FieldSchema field) =>
        field.Sources.Count > 0 ? field.Sources : [field.Name];

    /// <summary>Number of a field by name, or -1.</summary>
    public int Find(string name) => _byName.TryGetValue(name, out var field) ? field : -1;

    /// <summary>These and some more that were found.</summary>
    public CollectionFields With(IEnumerable<FieldSchema> added) =>
        new(Schema with { Fields = [.. Fields, .. added] }, _makeAnalyzer, _declared);

    /// <summary>
    /// These, and those that other shards of a dynamic collection have: what a query is planned on, so that it means
    /// the same in every shard. Behind the declared fields those that were found stand by name, whichever document came
    /// first.
    /// </summary>
    public CollectionFields With(KnownFields? known)
    {
        IReadOnlyList<KnownField> others = known?.Fields ?? [];
        if (!TakesUnknown || (others.Count == 0 && Fields.Length == _declared)) return this;
        if (Volatile.Read(ref _widened) is { } last && last.Known.SequenceEqual(others)) return last.Fields;
        var added = others.Where(field => Find(field.Name) < 0 && CanBeFound(field.Type))
            .DistinctBy(field => field.Name)
            .Select(field => new FieldSchema { Name = field.Name, Type = field.Type });
        FieldSchema[] ordered =
        [
            .. Fields.Take(_declared),
            .. Fields.Skip(_declared).Concat(added).OrderBy(field => field.Name, StringComparer.Ordinal),
        ];
        var wide = new CollectionFields(Schema with { Fields = ordered }, _makeAnalyzer, _declared);
        Volatile.Write(ref _widened, new Widened(others, wide));
        return wide;
    }

    /// <summary>
    /// What a router has to be told of the fields here: null where it knows them, or where they are as declared.
    /// </summary>
    public IReadOnlyList<KnownField>? Unlike(KnownFields? known)
    {
        if (!TakesUnknown || (known is not null && With(known)._names.Value == known.Names)) return null;
        return Array.ConvertAll(Fields, field => new KnownField(field.Name, field.Type));
    }

    /// <summary>Names of the fields of some types, for messages.</summary>
    public string Names(params ReadOnlySpan<FieldType> types)
    {
        var names = new List<string>();
        foreach (var field in Fields)
            if (types.Contains(field.Type)) names.Add($"'{field.Name}'");
        return names.Count == 0 ? "none" : string.Join(", ", names);
    }

    /// <summary>
    /// A schema with the fields of another that it lacks, where its mapping finds fields by itself; the same elsewhere.
    /// </summary>
    public static CollectionSchema WithFound(CollectionSchema schema, CollectionSchema known)
    {
        if (schema.Mapping != MappingMode.Dynamic) return schema;
        var found = known.Fields.ExceptBy(schema.Fields.Select(field => field.Name), field => field.Name).ToArray();
        return found.Length == 0 ? schema : schema with { Fields = [.. schema.Fields, .. found] };
    }

    /// <summary>What keeps a later schema from replacing this one, as far as a manifest tells; or null.</summary>
    public static string? Conflict(CollectionSchema present, CollectionSchema wanted)
    {
        if (wanted.Name != present.Name)
            return $"the collection is '{present.Name}', the schema is of '{wanted.Name}'";
        foreach (var field in present.Fields)
        {
            var other = wanted.Fields.FirstOrDefault(f => f.Name == field.Name);
            if (other is null) return $"field '{field.Name}' is declared and cannot be taken away";
            if (!HaveNoOptions(field, other) && Kept(field) != Kept(other))
                return $"field '{field.Name}' is declared as {Describe(field)} and cannot become {Describe(other)}";
        }

        return null;
    }

    /// <summary>
    /// Whether what one field has indexed is as the other would. Members may be added to those that feed it, as fields
    /// may be to a schema; what its queries are read by is no matter of the index. Nor is what graphs of vectors are
    /// built by: each holds its own, and defaults have changed.
    /// </summary>
    public static bool IsIndexedAlike(FieldSchema one, FieldSchema other) =>
        HaveNoOptions(one, other) || Indexed(one) == Indexed(other);

    /// <summary>Whether both are of a type that is indexed in one way only.</summary>
    private static bool HaveNoOptions(FieldSchema one, FieldSchema other) =>
        one.Type == other.Type && one.Type is >= FieldType.Number and <= FieldType.Boolean;

    /// <summary>Less what is no matter of the index.</summary>
    private static FieldSchema Indexed(FieldSchema field) => field with
    {
        SearchAnalyzer = null, Sources = FieldNames.None, Alias = "", Weight = 1,
        Vector = field.Vector is { } vector ? vector with { M = 0, EfConstruction = 0 } : null,
    };

    /// <summary>Less what a manifest does not keep either: the catalogue holds declarations to it.</summary>
    private static FieldSchema Kept(FieldSchema field) =>
        Indexed(field) with { Separator = "", FoldCase = false, LongitudeFirst = false };

    /// <summary>Whether a field of a type may come of a document.</summary>
    private static bool CanBeFound(FieldType type) =>
        type is FieldType.Text or FieldType.Number or FieldType.Boolean;

    private FieldNode MakeRoot()
    {
        var root = new FieldNode([]);
        for (var i = 0; i < Fields.Length; i++)
            foreach (var source in SourcesOf(Fields[i])) root.Add(source, i);
        return root;
    }

    private static string Describe(FieldSchema field) => field.Type == FieldType.Text
        ? $"Text (analyzer {field.Analyzer}, stop words {(field.StopWords ? "left out" : "kept")}, positions " +
            $"{(field.Positions ? "kept" : "left out")}, norms {(field.Norms ? "kept" : "left out")}, " +
            $"instant {(field.Instant ? "on" : "off")})"
        : field.Vector?.ToString() ?? field.Type.ToString();

    private sealed record Widened(IReadOnlyList<KnownField> Known, CollectionFields Fields);
}
