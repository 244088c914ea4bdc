using System.Collections.Frozen;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>A collection as the search commands see it: an index with attributes. Immutable, thread-safe.</summary>
internal sealed class SearchIndex
{
    /// <summary>What RediSearch leaves out of queries unless an index says otherwise.</summary>
    private static readonly FrozenSet<string> UsualStopWords = FrozenSet.ToFrozenSet(
        ("a is the an and are as at be but by for if in into it no not of on or such that their then there these they "
        + "this to was will with").Split(' '), StringComparer.Ordinal);

    /// <summary>
    /// Behind a member's name, the name of the field that holds a SORTABLE attribute whole, for orders and groups.
    /// </summary>
    private const string SortedSuffix = ".$sorted";

    private readonly Dictionary<string, FieldSchema> _byName = new(StringComparer.Ordinal);
    private readonly Synonyms _synonyms;
    private readonly Dictionary<string, FieldSchema> _sorted = new(StringComparer.Ordinal);

    /// <param name="schema">The collection.</param>
    /// <param name="synonyms">Groups of words that are looked for together.</param>
    public SearchIndex(CollectionSchema schema, Synonyms synonyms)
    {
        Schema = schema;
        Attributes = [.. schema.Fields.Where(field => !IsSorted(field))];
        foreach (var field in Attributes) _byName[field.Name] = field;
        foreach (var field in Attributes)
            if (field.Alias != "") _byName[field.Alias] = field;
        foreach (var field in schema.Fields)
            if (IsSorted(field)) _sorted[field.Sources[0]] = field;
        TextFields = [.. Attributes.Where(field => field.Type == FieldType.Text)];
        _synonyms = synonyms;
        StopWords = schema.QueryStopWords?.ToFrozenSet(StringComparer.Ordinal) ?? UsualStopWords;
    }

    /// <summary>The collection.</summary>
    public CollectionSchema Schema { get; }

    /// <summary>Whether its documents are hashes.</summary>
    public bool IsHash => Schema.Shape == DocumentShape.Hash;

    /// <summary>The attributes: all fields but those that attributes are sorted by.</summary>
    public IReadOnlyList<FieldSchema> Attributes { get; }

    /// <summary>Attributes of words.</summary>
    public IReadOnlyList<FieldSchema> TextFields { get; }

    /// <summary>Words, in lower case, that are not looked for.</summary>
    public FrozenSet<string> StopWords { get; }

    /// <summary>The words that are looked for with one, itself among them.</summary>
    public IReadOnlyList<string> SynonymsOf(string word) =>
        _synonyms.Of(word, Synonyms.MostFor(TextFields.Count));

    /// <summary>An attribute by its name or its alias; null when there is none.</summary>
    public FieldSchema? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The field that a SORTABLE attribute of texts or tags is sorted by; null where there is none.</summary>
    public FieldSchema? SortedOf(FieldSchema field) => _sorted.GetValueOrDefault(field.Name);

    /// <summary>The field that an attribute is sorted by.</summary>
    /// <param name="name">Of an attribute that there is.</param>
    public string SortFieldOf(string name) => Find(name)! is var field && SortedOf(field) is { } sorted
        ? sorted.Name
        : Find(name)!.Name;

    /// <summary>Makes the field that a SORTABLE attribute is sorted by: its text as a whole.</summary>
    /// <param name="field">The attribute.</param>
    /// <param name="isAsWritten">UNF: capitals stay.</param>
    public static FieldSchema MakeSorted(FieldSchema field, bool isAsWritten) => new()
    {
        Name = field.Name + SortedSuffix, Type = FieldType.Keyword, FoldCase = !isAsWritten, Sources = [field.Name],
    };

    /// <summary>A distance as RediSearch has it, of a score as the engine has it.</summary>
    public double Distance(NearestNode nearest, double score) => Find(nearest.Field)!.Vector!.Similarity switch
    {
        VectorSimilarity.L2Norm => (1 / score) - 1,
        VectorSimilarity.MaxInnerProduct => score < 1 ? 1 / score : 2 - score,
        _ => 2 - (2 * score),
    };

    /// <summary>The score that the engine has for a distance: the other way of <see cref="Distance"/>.</summary>
    public static double ScoreAt(VectorSimilarity similarity, double distance) => similarity switch
    {
        VectorSimilarity.L2Norm => 1 / (1 + distance),
        VectorSimilarity.MaxInnerProduct => distance > 1 ? 1 / distance : 2 - distance,
        _ => 1 - (distance / 2),
    };

    private static bool IsSorted(FieldSchema field) => field is { Type: FieldType.Keyword, Sources.Count: 1 }
        && field.Name == field.Sources[0] + SortedSuffix;

    /// <summary>What an attribute is called in answers.</summary>
    public static string AttributeOf(FieldSchema field) => field.Alias != "" ? field.Alias : field.Name;

    /// <summary>RediSearch's word for a field's type.</summary>
    public static string TypeOf(FieldType type) => type switch
    {
        FieldType.Text => "TEXT",
        FieldType.Keyword or FieldType.Boolean => "TAG",
        FieldType.Number or FieldType.Integer or FieldType.Date => "NUMERIC",
        FieldType.GeoPoint => "GEO",
        FieldType.DenseVector => "VECTOR",
        _ => type.ToString().ToUpperInvariant(),
    };
}
