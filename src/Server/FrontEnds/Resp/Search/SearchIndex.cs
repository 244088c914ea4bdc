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

    private readonly Dictionary<string, FieldSchema> _byName = new(StringComparer.Ordinal);

    public SearchIndex(CollectionSchema schema)
    {
        Schema = schema;
        foreach (var field in schema.Fields) _byName[field.Name] = field;
        foreach (var field in schema.Fields)
            if (field.Alias != "") _byName[field.Alias] = field;
        TextFields = [.. schema.Fields.Where(field => field.Type == FieldType.Text)];
        StopWords = schema.QueryStopWords?.ToFrozenSet(StringComparer.Ordinal) ?? UsualStopWords;
    }

    /// <summary>The collection.</summary>
    public CollectionSchema Schema { get; }

    /// <summary>Whether its documents are hashes.</summary>
    public bool IsHash => Schema.Shape == DocumentShape.Hash;

    /// <summary>Attributes of words.</summary>
    public IReadOnlyList<FieldSchema> TextFields { get; }

    /// <summary>Words, in lower case, that are not looked for.</summary>
    public FrozenSet<string> StopWords { get; }

    /// <summary>An attribute by its name or its alias; null when there is none.</summary>
    public FieldSchema? Find(string name) => _byName.GetValueOrDefault(name);

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
