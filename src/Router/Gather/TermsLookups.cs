using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// The values that a search takes from documents, read once before it is scattered: so every shard has the same list.
/// </summary>
internal static class TermsLookups
{
    /// <summary>The lookups of a search, in its query and in those that hits are marked by.</summary>
    public static List<TermsLookupQuery> Of(SearchRequest request)
    {
        var lookups = new List<TermsLookupQuery>();
        Collect(request.Query, lookups);
        foreach (var field in request.Highlighting)
            if (field.Query is { } marked) Collect(marked, lookups);
        return lookups;
    }

    /// <summary>What is wrong with how many there are; null when nothing is.</summary>
    public static string? Problem(IReadOnlyCollection<TermsLookupQuery> lookups) =>
        lookups.DistinctBy(lookup => lookup.Document).Count() is var count and > TermsLookupQuery.DocumentsMax
            ? $"The search takes terms from {count} documents; at most {TermsLookupQuery.DocumentsMax} are allowed."
            : null;

    /// <summary>The same search with lists of values in place of lookups.</summary>
    /// <param name="request">The search.</param>
    /// <param name="documents">By path; an empty one does not exist.</param>
    /// <param name="problem">What is missing, or not allowed.</param>
    public static SearchRequest? Resolved(
        SearchRequest request, IReadOnlyDictionary<string, string> documents, out string? problem)
    {
        string? wrong = null;
        var resolved = request with
        {
            Query = With(request.Query),
            Highlighting =
            [
                .. request.Highlighting.Select(
                    field => field.Query is { } marked ? field with { Query = With(marked) } : field),
            ],
        };
        problem = wrong;
        return problem is null ? resolved : null;

        QueryNode With(QueryNode node)
        {
            if (node is TermsLookupQuery lookup)
            {
                var values = ValuesOf(lookup, documents[lookup.Document], out var unfit);
                wrong ??= unfit;
                return new TermsQuery(lookup.Field, values) { Boost = lookup.Boost };
            }

            var children = node.Children();
            return children.Count == 0 ? node : node.WithChildren([.. children.Select(With)]);
        }
    }

    /// <summary>The values of a member of a document; none with a problem.</summary>
    public static IReadOnlyList<string> ValuesOf(TermsLookupQuery lookup, string json, out string? problem)
    {
        problem = null;
        if (json.Length == 0)
        {
            problem = $"Terms of '{lookup.Field}' are to be looked up in '{lookup.Document}', which does not exist.";
            return [];
        }

        var values = new List<string>();
        try
        {
            using var document = JsonDocument.Parse(json);
            if (!TryAdd(document.RootElement, lookup.Member, values))
            {
                problem = $"Terms of '{lookup.Field}' are to be looked up in '{lookup.Document}', which has no member "
                    + $"'{lookup.Member}' of texts, numbers or booleans.";
            }
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // The latter is the reader's way to say that an escaped surrogate has no partner.
            problem = $"Terms of '{lookup.Field}' are to be looked up in '{lookup.Document}', which is no JSON.";
        }

        if (values.Count > TermsQuery.ValuesMax)
        {
            problem = $"'{lookup.Member}' of '{lookup.Document}' has {values.Count} values; at most "
                + $"{TermsQuery.ValuesMax} are allowed.";
        }

        return problem is null ? values : [];
    }

    private static void Collect(QueryNode node, List<TermsLookupQuery> lookups)
    {
        if (node is TermsLookupQuery lookup) lookups.Add(lookup);
        foreach (var child in node.Children()) Collect(child, lookups);
    }

    /// <summary>Adds what a path with dots leads to, through arrays too; false where it leads nowhere.</summary>
    private static bool TryAdd(JsonElement element, string path, List<string> values)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            var isFound = path.Length == 0;
            foreach (var one in element.EnumerateArray())
            {
                var here = TryAdd(one, path, values);
                isFound = path.Length == 0 ? isFound && here : isFound || here;
            }

            return isFound;
        }

        if (path.Length > 0)
        {
            if (element.ValueKind != JsonValueKind.Object) return false;
            if (element.TryGetProperty(path, out var whole)) return TryAdd(whole, "", values);
            var dot = path.IndexOf('.', StringComparison.Ordinal);
            return dot > 0 && element.TryGetProperty(path[..dot], out var within)
                && TryAdd(within, path[(dot + 1)..], values);
        }

        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                return false;
            case JsonValueKind.String:
                values.Add(element.GetString()!);
                return true;
            case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                values.Add(element.GetRawText());
                return true;
            default:
                return true;
        }
    }
}
