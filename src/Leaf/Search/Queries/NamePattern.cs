using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Names of fields with <c>*</c> for any characters.</summary>
internal static class NamePattern
{
    /// <summary>The fields of some types whose names fit, in the order of the schema; none where the pattern is one
    /// that no field's name can fit.</summary>
    public static IEnumerable<FieldSchema> Fitting(string pattern, CollectionFields fields, params FieldType[] types)
    {
        var automaton = WildcardPattern.Automaton(WildcardPattern.Parts(pattern), out var problem);
        if (problem is not null) return [];
        return fields.Fields.Where(
            field => types.Contains(field.Type) && automaton.Matches(Encoding.UTF8.GetBytes(field.Name)));
    }
}
