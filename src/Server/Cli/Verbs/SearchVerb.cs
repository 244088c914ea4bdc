using System.CommandLine;
using System.Diagnostics;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary><c>hedgerow search</c>: a query over all shards of one collection, with snippets and coverage.</summary>
internal static class SearchVerb
{
    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "search",
            "Search a collection. The query is words, \"a phrase\", pre*, field:word, field:[1 TO 9], +must -not, " +
            "AND OR NOT.",
            new Example("words, best matches first", "hedgerow search words \"flightless bird\""),
            new Example("a phrase in one kind", "hedgerow search words '\"small tree\" AND kind:plant' --size 5"),
            new Example("for machines", "hedgerow search words thorn* --fields words,kind --json"));
        var collection = new Argument<string>("COLLECTION") { Description = "The collection's name, such as words." };
        var query = new Argument<string>("QUERY") { Description = "The query." };
        var options = new SearchOptions();
        var client = new ClientOptions(console);
        verb.Add(collection);
        verb.Add(query);
        options.AddTo(verb);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            await using var cluster = await client.ConnectAsync(result, cancel);
            var name = result.GetRequiredValue(collection);
            var asJson = result.GetValue(client.Json);
            IReadOnlyList<string>? highlight = options.HighlightFields(result);
            if (highlight is null && !asJson)
                highlight = (await cluster.GetCollectionAsync(name, cancel))?.Schema.TextFields();
            var request = options.Request(result, name, result.GetRequiredValue(query), highlight ?? [], asJson);
            var started = Stopwatch.GetTimestamp();
            var reply = await cluster.SearchAsync(request, cancel);
            var took = Stopwatch.GetElapsedTime(started);
            if (asJson) SearchReport.WriteJson(console, reply, took);
            else SearchReport.Write(console.Screen, reply, request.From, took, options.ExplainsCoverage(result));
            return ExitCodes.Ok;
        });
        return verb;
    }

    /// <summary>Names of the fields that snippets can be cut from.</summary>
    public static IReadOnlyList<string> TextFields(this CollectionSchema schema) =>
        [.. schema.Fields.Where(field => field.Type == FieldType.Text).Select(field => field.Name)];

    /// <summary>What is returned, and how it is told.</summary>
    private sealed class SearchOptions
    {
        private readonly Option<int> _size = Hits("--size", 10, "Hits to print,");
        private readonly Option<int> _from = Hits("--from", 0, "Hits to pass over before the first,");

        private readonly Option<string?> _fields = new("--fields")
        {
            HelpName = "A,B", Description = "Fields of the documents to print.",
        };

        private readonly Option<string?> _highlight = new("--highlight")
        {
            HelpName = "A,B", Description = "Text fields to cut snippets from; all of them, if not given.",
        };

        private readonly Option<bool> _allWords = new("--all-words")
        {
            Description = "Every word must match, rather than any.",
        };

        private readonly Option<bool> _whole = new("--whole")
        {
            Description = "Fail rather than answer without every shard.",
        };

        private readonly Option<bool> _explainCoverage = new("--explain-coverage")
        {
            Description = "Say in words what share of the collection the answer stands for.",
        };

        private readonly Option<bool> _explain = new("--explain")
        {
            Description = "Show how each score comes about.",
        };

        private readonly Option<bool> _profile = new("--profile")
        {
            Description = "Show where the time went, by shard and phase.",
        };

        public void AddTo(Command verb)
        {
            Option[] all =
                [_size, _from, _fields, _highlight, _allWords, _whole, _explainCoverage, _explain, _profile];
            foreach (var option in all) verb.Add(option);
        }

        public bool ExplainsCoverage(ParseResult result) => result.GetValue(_explainCoverage);

        public string[]? HighlightFields(ParseResult result) =>
            result.GetValue(_highlight) is { } names ? Names(names) : null;

        public SearchRequest Request(
            ParseResult result, string collection, string query, IReadOnlyList<string> highlight, bool asJson) => new()
        {
            Collection = collection,
            Query = new QueryStringQuery(query, [], result.GetValue(_allWords)),
            Size = result.GetValue(_size),
            From = result.GetValue(_from),
            WithSource = asJson || result.GetValue(_fields) is not null,
            SourceFields = result.GetValue(_fields) is { } names ? Names(names) : [],
            HighlightFields = highlight,
            AllowPartial = !result.GetValue(_whole),
            Explain = result.GetValue(_explain),
            Profile = result.GetValue(_profile),
        };

        private static string[] Names(string list) =>
            list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

        private static Option<int> Hits(string name, int standard, string description) =>
            NumberOption.Create(name, "N", standard, 0, SearchRequest.HitsMax, description);
    }
}
