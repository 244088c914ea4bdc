using System.CommandLine;
using System.Diagnostics;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Http;

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
            new Example("as one types", "hedgerow search words \"flihgtless bir\" --instant"),
            new Example("for machines", "hedgerow search words thorn* --fields words,kind --json"),
            new Example("every hit, one a line", "hedgerow search words plant --all"),
            new Example("in an order", "hedgerow search words plant --sort kind,_score:desc"),
            new Example("how many of each kind", "hedgerow search words thorn* --facet kind --size 0"),
            new Example("all that the HTTP API takes", "hedgerow search words --body request.json"));
        var collection = new Argument<string>("COLLECTION") { Description = "The collection's name, such as words." };
        var query = new Argument<string?>("QUERY")
        {
            Arity = ArgumentArity.ZeroOrOne, Description = "The query; or --body FILE.",
        };
        var client = new ClientOptions(console);
        var options = new SearchOptions(client.Json);
        verb.Add(collection);
        verb.Add(query);
        var instant = new Option<bool>("--instant")
        {
            Description = "Take the query as somebody types it: its last word is a prefix, and words may be misspelt.",
        };
        options.AddTo(verb);
        verb.Add(instant);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            var name = result.GetRequiredValue(collection);
            var asJson = result.GetValue(client.Json);
            var request = await options.RequestAsync(console, result, name, result.GetValue(query), cancel);
            await using var cluster = await client.ConnectAsync(result, cancel);
            if (options.CutsSnippets(result) && !asJson && !options.IsAll(result))
            {
                var schema = (await cluster.GetCollectionAsync(name, cancel))?.Schema;
                request = request with { HighlightFields = schema?.TextFields() ?? [] };
            }

            if (result.GetValue(instant))
            {
                var text = result.GetValue(query) ?? throw CliException.Usage("search --instant wants a QUERY.");
                await InstantReport.RunAsync(console, cluster, request, text, asJson, cancel);
                return ExitCodes.Ok;
            }

            if (options.IsAll(result))
            {
                await SearchReport.WriteAllAsync(console, request, cluster.SearchAllAsync(request, cancel), asJson);
                return ExitCodes.Ok;
            }

            var started = Stopwatch.GetTimestamp();
            var reply = await cluster.SearchAsync(request, cancel);
            var took = Stopwatch.GetElapsedTime(started);
            if (asJson) SearchReport.WriteJson(console, request, reply, took);
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

        private readonly Option<bool> _allWords = Flag(
            "--all-words", "Every word must match, rather than any.");

        private readonly Option<bool> _lenient = Flag(
            "--lenient", "Read the query as a search box does: whatever the text, it is no error.");

        private readonly Option<bool> _whole = Flag(
            "--whole", "Fail rather than answer without every shard.");

        private readonly Option<bool> _explainCoverage = Flag(
            "--explain-coverage", "Say in words what share of the collection the answer stands for.");

        private readonly Option<bool> _explain = Flag(
            "--explain", "Show how each score comes about.");

        private readonly Option<bool> _profile = Flag(
            "--profile", "Show where the time went, by shard and phase.");

        private readonly Option<string?> _body = new("--body")
        {
            HelpName = "FILE",
            Description = "The search as JSON, as POST /v1/collections/NAME/search takes it; - reads standard input.",
        };

        private readonly Option<string[]> _facets = new("--facet")
        {
            HelpName = "FIELD[:N]",
            Description = "Count the values of a field over all that matches, the N most frequent; may be repeated.",
            DefaultValueFactory = _ => [],
        };

        private readonly Option<string?> _sort = new("--sort")
        {
            HelpName = "A:desc,B",
            Description = "Order by these fields, up to 8, rather than by score; _score and _path are names, too.",
        };

        private readonly Option<bool> _all = Flag(
            "--all", "Every hit, however many, in order; what is written meanwhile changes nothing.");

        private readonly Option<bool> _json;

        /// <summary>Those whose place is in the body where there is one.</summary>
        private readonly Option[] _ofBody;

        public SearchOptions(Option<bool> json)
        {
            _json = json;
            _ofBody =
            [
                _size, _from, _sort, _fields, _highlight, _allWords, _lenient, _whole, _explain, _profile, _facets,
            ];
        }

        public void AddTo(Command verb)
        {
            foreach (var option in _ofBody) verb.Add(option);
            verb.Add(_explainCoverage);
            verb.Add(_body);
            verb.Add(_all);
        }

        public bool ExplainsCoverage(ParseResult result) => result.GetValue(_explainCoverage);

        /// <summary>Whether every hit is wanted, in place of one page.</summary>
        public bool IsAll(ParseResult result) => result.GetValue(_all);

        /// <summary>Whether snippets are cut from every text field: nobody has said from which.</summary>
        public bool CutsSnippets(ParseResult result) => result.GetValue(_highlight) is null && !HasBody(result);

        /// <summary>The search, of the flags or of a body.</summary>
        /// <exception cref="CliException">Both are given, neither is, or the body makes no sense.</exception>
        public async Task<SearchRequest> RequestAsync(
            CliConsole console, ParseResult result, string collection, string? query, CancellationToken cancel)
        {
            try
            {
                if (!HasBody(result))
                {
                    return query is null
                        ? throw CliException.Usage("search wants a QUERY, or --body FILE.")
                        : Request(result, collection, query);
                }

                var other = query is null
                    ? _ofBody.FirstOrDefault(option => result.GetResult(option) is { Implicit: false })?.Name
                    : "QUERY";
                if (other is not null) throw CliException.Usage($"search takes {other} or --body FILE, not both.");
                var body = await console.ReadAllAsync(result.GetValue(_body)!, cancel);
                return SearchJson.Request(collection, Answers.Read(body, ApiJson.Wire.SearchBody));
            }
            catch (ApiException wrong)
            {
                throw CliException.Usage(wrong.Message);
            }
        }

        private bool HasBody(ParseResult result) => result.GetValue(_body) is not null;

        private SearchRequest Request(ParseResult result, string collection, string query) => new()
        {
            Collection = collection,
            Aggregations = FacetReport.Read(result.GetValue(_facets) ?? []),
            Query = result.GetValue(_lenient)
                ? QueryStringQuery.OfSearchBox(query, [], result.GetValue(_allWords))
                : new QueryStringQuery(query, [], result.GetValue(_allWords)),
            Size = result.GetValue(_size),
            From = result.GetValue(_from),
            Sort = result.GetValue(_sort) is { } keys ? SortJson.Read(SortJson.OfText(keys)) : [],
            WithSource = result.GetValue(_json) || result.GetValue(_fields) is not null,
            SourceFields = result.GetValue(_fields) is { } names ? Names(names) : [],
            HighlightFields = result.GetValue(_highlight) is { } snippets ? Names(snippets) : [],
            AllowPartial = !result.GetValue(_whole),
            Explain = result.GetValue(_explain),
            Profile = result.GetValue(_profile),
        };

        private static string[] Names(string list) =>
            list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

        private static Option<bool> Flag(string name, string description) => new(name) { Description = description };

        private static Option<int> Hits(string name, int standard, string description) =>
            NumberOption.Create(name, "N", standard, 0, SearchRequest.HitsMax, description);
    }
}
