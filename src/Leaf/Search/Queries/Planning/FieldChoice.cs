using System.Globalization;
using System.IO.Enumeration;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>A field that a text is searched in.</summary>
/// <param name="Field">The field.</param>
/// <param name="Boost">What its matches count.</param>
internal readonly record struct FieldChoice(FieldSchema Field, float Boost)
{
    /// <summary>
    /// The fields that some names mean: <c>title</c>, <c>title^3</c>, <c>title*^3</c>, in the order of the schema; one
    /// that is named twice has the product of its boosts. None means every text field.
    /// </summary>
    /// <param name="schema">The collection's.</param>
    /// <param name="names">The names.</param>
    /// <param name="ofPatterns">Types that a pattern stands for.</param>
    /// <param name="problem">A name that is no field's, or a boost that is none; null when all is well.</param>
    public static List<FieldChoice> Of(
        CollectionSchema schema, IReadOnlyList<string> names, ReadOnlySpan<FieldType> ofPatterns, out string? problem)
    {
        problem = null;
        var boosts = new Dictionary<string, float>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            var (pattern, boost) = Split(name);
            if (!(boost > 0) || !float.IsFinite(boost))
                problem ??= $"'{name}' has no number above 0 behind '^'";
            var isPattern = pattern.Contains('*');
            var found = false;
            foreach (var field in schema.Fields)
            {
                var isMeant = isPattern
                    ? ofPatterns.Contains(field.Type) && Matches(pattern, field.Name)
                    : field.Name == pattern;
                if (!isMeant) continue;
                found = true;
                boosts[field.Name] = boosts.GetValueOrDefault(field.Name, 1) * boost;
            }

            if (!found && !isPattern && schema.Mapping != MappingMode.Dynamic)
                problem ??= Unknown(pattern, schema.Fields);
        }

        return
        [
            .. schema.Fields
                .Where(field => names.Count == 0 ? field.Type == FieldType.Text : boosts.ContainsKey(field.Name))
                .Select(field => new FieldChoice(field, boosts.GetValueOrDefault(field.Name, 1))),
        ];
    }

    /// <summary>Whether a text field is one of those that some names mean.</summary>
    public static bool Includes(IReadOnlyList<string> names, string field) => names.Count == 0
        || names.Any(name => Split(name).Pattern is var pattern && (pattern == field || Matches(pattern, field)));

    /// <summary>The error text for a field that does not exist.</summary>
    public static string Unknown(string name, IEnumerable<FieldSchema> fields) =>
        $"unknown field '{name}'; the collection has {string.Join(", ", fields.Select(field => field.Name))}";

    private static bool Matches(string pattern, string name) =>
        FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);

    private static (string Pattern, float Boost) Split(string name)
    {
        var at = name.LastIndexOf('^');
        if (at < 0) return (name, 1);
        return float.TryParse(name.AsSpan(at + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var boost)
            ? (name[..at], boost)
            : (name[..at], float.NaN);
    }
}
