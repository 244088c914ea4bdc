using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// <c>more_like_this</c>: what is to be found is like texts, documents given, and documents by their paths, which may
/// be named as OpenSearch names them.
/// </summary>
internal static class MoreLikeThisJson
{
    private static readonly string[] Known =
    [
        "fields", "like", "unlike", "max_query_terms", "min_term_freq", "min_doc_freq", "max_doc_freq",
        "min_word_length", "max_word_length", "minimum_should_match", "boost_terms", "include", "boost",
    ];

    /// <summary>Reads what stands behind the name.</summary>
    public static MoreLikeThisQuery Read(JsonElement body, string where)
    {
        var members = new QueryMembers(body, where, Known);
        var standard = new MoreLikeThisQuery(members.Texts("fields"));
        return standard with
        {
            Like = Examples(members, "like"),
            Unlike = Examples(members, "unlike"),
            MaxQueryTerms = members.Int("max_query_terms", standard.MaxQueryTerms),
            MinTermFrequency = members.Int("min_term_freq", standard.MinTermFrequency),
            MinDocumentFrequency = members.Int("min_doc_freq", standard.MinDocumentFrequency),
            MaxDocumentFrequency = members.TryGet("max_doc_freq", out _) ? members.Int("max_doc_freq", 0) : null,
            MinWordLength = members.Int("min_word_length", 0),
            MaxWordLength = members.Int("max_word_length", 0),
            MinimumShouldMatch = TextQueryJson.Minimum(members) ?? standard.MinimumShouldMatch,
            BoostTerms = members.Number("boost_terms", 0),
            Include = members.Flag("include", false),
            Boost = members.Boost(),
        };
    }

    private static MoreLikeThisExamples Examples(QueryMembers members, string name)
    {
        if (!members.TryGet(name, out var value)) return MoreLikeThisExamples.None;
        var where = $"{members.Where}.{name}";
        List<string> texts = [], documents = [], paths = [];
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var example in value.EnumerateArray()) Add(example);
        }
        else
        {
            Add(value);
        }

        return new MoreLikeThisExamples { Texts = texts, Documents = documents, Paths = paths };

        void Add(JsonElement example)
        {
            if (example.ValueKind != JsonValueKind.Object)
            {
                texts.Add(example.ValueKind == JsonValueKind.String
                    ? example.GetString()!
                    : throw QueryJson.Bad($"{where} has {example.GetRawText()}; allowed are texts and objects."));
                return;
            }

            var one = new QueryMembers(example, where, "path", "_index", "_id", "doc");
            if (one.TryGet("doc", out var document)) documents.Add(document.GetRawText());
            else if (one.TryGet("path", out _)) paths.Add(one.Text("path"));
            else paths.Add($"/{one.Text("_index")}/{one.Text("_id")}");
        }
    }
}
