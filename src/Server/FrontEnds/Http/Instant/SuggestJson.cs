using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// Suggestions in the shape that OpenSearch has them: an object of names, each with a prefix or a text and one of
/// completion, term and phrase.
/// </summary>
internal static class SuggestJson
{
    private static readonly string[] Kinds = ["completion", "term", "phrase"];

    /// <summary>The request of a body.</summary>
    /// <exception cref="ApiException">BadQuery: a member is not what is allowed.</exception>
    public static SuggestRequest Request(string collection, JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) throw Bad("suggest is no object; it must be one of names.");
        var completions = new List<CompletionQuery>();
        var words = new List<WordQuery>();
        var phrases = new List<PhraseCorrection>();
        var shared = json.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()
            : null;
        foreach (var member in json.EnumerateObject())
        {
            if (member.Name == "text" && shared is not null) continue;
            var name = member.Name;
            var one = Members(member.Value, $"suggest.{name}");
            if (one.TryGet("completion", out var completion)) completions.Add(Completion(name, one, completion));
            else if (one.TryGet("term", out var term)) words.Add(Word(name, TextOf(one, shared), term));
            else if (one.TryGet("phrase", out var phrase)) phrases.Add(Phrase(name, TextOf(one, shared), phrase));
        }

        if (Math.Max(completions.Count, Math.Max(words.Count, phrases.Count)) > SuggestRequest.KindMax)
            throw Bad($"suggest has more than {SuggestRequest.KindMax} of one kind, which is the limit.");
        return new SuggestRequest
        {
            Collection = collection, Completions = completions, Words = words, Phrases = phrases,
        };
    }

    /// <summary>The members of one suggestion, which is of one kind.</summary>
    private static QueryMembers Members(JsonElement json, string where)
    {
        var one = new QueryMembers(json, where, ["prefix", "text", .. Kinds]);
        var found = new List<string>();
        foreach (var kind in Kinds)
            if (one.TryGet(kind, out _)) found.Add(kind);
        if (found.Count != 1)
        {
            throw Bad($"{where} has {(found.Count == 0 ? "none" : string.Join(" and ", found))} of "
                + "completion, term and phrase; it takes one of them.");
        }

        if (!one.TryGet("prefix", out _)) return one;
        if (found[0] != "completion")
            throw Bad($"{where} has a prefix, which {found[0]} does not take; it takes text.");
        return one.TryGet("text", out _) ? throw Bad($"{where} has both prefix and text; it takes one of them.") : one;
    }

    /// <summary>An answer as it is on the wire.</summary>
    public static SuggestAnswer Answer(SuggestRequest request, SuggestReply reply, TimeSpan took) => new(
        Math.Round(took.TotalMilliseconds, 3), SearchJson.Answer(reply.Coverage), Answer(request, reply));

    /// <summary>What is suggested, by the names of the request.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<SuggestedAnswer>> Answer(
        SuggestRequest request, SuggestReply reply)
    {
        var answers = new Dictionary<string, IReadOnlyList<SuggestedAnswer>>();
        for (var i = 0; i < request.Completions.Count; i++)
        {
            var query = request.Completions[i];
            CompletionOptionAnswer[] options = [.. reply.Completions[i].Options.Select(InstantJson.Completion)];
            answers[query.Name] = [Whole(query.Prefix, Raw(options, ApiJson.Wire.CompletionOptionAnswerArray))];
        }

        foreach (var answer in reply.Words)
            answers[answer.Name] = [.. answer.Words.Select(Row)];
        for (var i = 0; i < request.Phrases.Count; i++)
        {
            var query = request.Phrases[i];
            PhraseOptionAnswer[] options = [.. reply.Phrases[i].Options.Select(InstantJson.Correction)];
            answers[query.Name] = [Whole(query.Text, Raw(options, ApiJson.Wire.PhraseOptionAnswerArray))];
        }

        return answers;
    }

    private static SuggestedAnswer Whole(string text, RawJson options) => new(text, 0, text.Length, options);

    private static SuggestedAnswer Row(WordRow row)
    {
        WordOptionAnswer[] options =
        [
            .. row.Options.Select(
                option => new WordOptionAnswer(
                    option.Text, Math.Round(option.Score, 4), option.Edits, option.Documents)),
        ];
        return new SuggestedAnswer(
            row.Text, row.Start, row.Text.Length, Raw(options, ApiJson.Wire.WordOptionAnswerArray));
    }

    private static RawJson Raw<T>(T options, JsonTypeInfo<T> type) =>
        new(JsonSerializer.SerializeToUtf8Bytes(options, type));

    private static CompletionQuery Completion(string name, in QueryMembers one, JsonElement json)
    {
        var inner = new QueryMembers(
            json, $"suggest.{name}.completion", "field", "size", "skip_duplicates", "fuzzy", "filter");
        var query = new CompletionQuery(name, inner.Text("field"), one.TryGet("prefix", out _)
            ? one.Text("prefix")
            : one.Text("text"))
        {
            Size = Size(inner, 5),
            SkipDuplicates = inner.Choice("skip_duplicates", "false", "true") == "true",
            Filter = inner.TryGet("filter", out var filter) ? QueryJson.Read(filter) : null,
        };
        if (!inner.TryGet("fuzzy", out var fuzzy)) return query;
        if (fuzzy.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return query with { Edits = fuzzy.GetBoolean() ? FuzzyQuery.AutoEdits : 0 };
        var edits = new QueryMembers(
            fuzzy, $"suggest.{name}.completion.fuzzy", "fuzziness", "prefix_length", "min_length");
        return query with
        {
            Edits = Fuzziness(edits),
            PrefixLength = Bounded(edits, "prefix_length", 1, 0, CompletionQuery.CharactersMax),
            LengthMin = Bounded(edits, "min_length", 3, 0, CompletionQuery.CharactersMax),
        };
    }

    private static int Fuzziness(in QueryMembers edits)
    {
        if (!edits.TryGet("fuzziness", out var value)) return FuzzyQuery.AutoEdits;
        if (value.ValueKind == JsonValueKind.String
            && string.Equals(value.GetString(), "auto", StringComparison.OrdinalIgnoreCase))
            return FuzzyQuery.AutoEdits;
        return Bounded(edits, "fuzziness", 0, 0, FuzzyQuery.EditsMax);
    }

    private static WordQuery Word(string name, string text, JsonElement json)
    {
        var inner = new QueryMembers(
            json, $"suggest.{name}.term", "field", "size", "suggest_mode", "max_edits", "prefix_length",
            "min_word_length", "sort");
        return new WordQuery(name, inner.Text("field"), text)
        {
            Size = Size(inner, 5),
            Mode = Mode(inner),
            Edits = Bounded(inner, "max_edits", 2, 1, FuzzyQuery.EditsMax),
            PrefixLength = Bounded(inner, "prefix_length", 1, 0, CompletionQuery.CharactersMax),
            LengthMin = Bounded(inner, "min_word_length", 4, 0, CompletionQuery.CharactersMax),
            ByFrequency = inner.Choice("sort", "score", "frequency") == "frequency",
        };
    }

    private static PhraseCorrection Phrase(string name, string text, JsonElement json)
    {
        var inner = new QueryMembers(
            json, $"suggest.{name}.phrase", "field", "size", "max_edits", "prefix_length", "min_word_length",
            "max_errors", "collate");
        return new PhraseCorrection(name, inner.Text("field"), text)
        {
            Size = Size(inner, 1),
            Edits = Bounded(inner, "max_edits", 2, 1, FuzzyQuery.EditsMax),
            PrefixLength = Bounded(inner, "prefix_length", 1, 0, CompletionQuery.CharactersMax),
            LengthMin = Bounded(inner, "min_word_length", 4, 0, CompletionQuery.CharactersMax),
            ErrorsMax = Bounded(inner, "max_errors", 2, 0, WordQuery.WordsMax),
            Collate = inner.Choice("collate", "true", "false") == "true",
        };
    }

    private static SuggestMode Mode(in QueryMembers inner)
    {
        if (!inner.TryGet("suggest_mode", out _)) return SuggestMode.Missing;
        var word = inner.Text("suggest_mode");
        return Enum.TryParse<SuggestMode>(word, ignoreCase: true, out var mode) && !char.IsDigit(word[0])
            ? mode
            : throw Bad($"{inner.Where}.suggest_mode is '{word}'; allowed are missing, popular and always.");
    }

    private static string TextOf(in QueryMembers one, string? shared) =>
        shared is not null && !one.TryGet("text", out _) ? shared : one.Text("text");

    private static int Size(in QueryMembers inner, int standard) =>
        Bounded(inner, "size", standard, 0, SuggestRequest.SizeMax);

    private static int Bounded(in QueryMembers inner, string name, int standard, int least, int most)
    {
        var value = inner.Int(name, standard);
        return value >= least && value <= most
            ? value
            : throw Bad($"{inner.Where}.{name} is {value}; allowed are {least} to {most}.");
    }

    private static ApiException Bad(string message) => new(StatusCode.BadQuery, message);
}
