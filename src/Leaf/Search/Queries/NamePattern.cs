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
        var parts = WildcardPattern.Parts(pattern);
        return fields.Fields.Where(
            field => types.Contains(field.Type) && Fits([.. field.Name.EnumerateRunes()], parts));
    }

    /// <summary>
    /// From left to right, going back to the last star only: time is the product of both lengths at worst, where a
    /// prepared automaton may be dear.
    /// </summary>
    private static bool Fits(Rune[] name, IReadOnlyList<WildcardPart> parts)
    {
        int at = 0, part = 0, star = -1, resume = 0;
        while (at < name.Length)
        {
            var next = part < parts.Count ? parts[part] : default;
            if (part < parts.Count && next.Kind == WildcardKind.AnyText)
            {
                star = part++;
                resume = at;
            }
            else if (part < parts.Count && (next.Kind == WildcardKind.AnyCharacter || next.Character == name[at]))
            {
                part++;
                at++;
            }
            else if (star >= 0)
            {
                part = star + 1;
                at = ++resume;
            }
            else
            {
                return false;
            }
        }

        while (part < parts.Count && parts[part].Kind == WildcardKind.AnyText) part++;
        return part == parts.Count;
    }
}
