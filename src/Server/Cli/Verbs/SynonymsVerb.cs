using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Cli.Import;
using Hedgerow.Server.FrontEnds.Http;
using Spectre.Console;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary>
/// <c>hedgerow collection synonyms</c>: shows a collection's sets of synonyms, or puts one from a file of rules.
/// </summary>
internal static partial class SynonymsVerb
{
    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "synonyms",
            "Show the sets of synonyms of a collection, the rules of one, or put one in the place of the one of its " +
            "name. A rule is a line: 'ny, new york' (each means the others too) or 'laptop => notebook, computer' " +
            "(the left is replaced by the right); # begins a line that means nothing. Searches that begin from then " +
            "on are read by them; documents are not indexed again. Analyzers take a set in by a filter " +
            "{\"type\":\"synonym_graph\",\"synonyms_set\":\"SET\"}.",
            new Example("what sets there are", "hedgerow collection synonyms wiki"),
            new Example("the rules of one", "hedgerow collection synonyms wiki places > places.txt"),
            new Example("from a file", "hedgerow collection synonyms wiki places --from places.txt"),
            new Example(
                "from a pipe", "sort places.txt | hedgerow collection synonyms wiki places --from -"));
        var collection = CollectionVerb.NameArgument("COLLECTION", "The collection.");
        var set = new Argument<string?>("SET")
        {
            Arity = ArgumentArity.ZeroOrOne, Description = "The set; without it, all are listed.",
        };
        var from = new Option<string?>("--from")
        {
            HelpName = "FILE", Description = "Put the set: a rule a line, UTF-8; - reads standard input.",
        };
        var format = new Option<string?>("--format")
        {
            HelpName = "NAME",
            Description = "How the lines of --from are written: solr, the default, or wordnet for its Prolog file.",
        };
        var client = new ClientOptions(console);
        verb.Add(collection);
        verb.Add(set);
        verb.Add(from);
        verb.Add(format);
        client.AddTo(verb);
        verb.Validators.Add(result =>
        {
            if (result.GetValue(from) is not null && result.GetValue(set) is null)
                result.AddError("--from wants a SET, the name that the rules go by.");
            if (result.GetValue(format) is not (null or "solr" or "wordnet") and var other)
                result.AddError($"--format is '{other}'; allowed are solr and wordnet.");
        });
        verb.SetAction(async (result, cancel) =>
        {
            var name = result.GetRequiredValue(collection);
            var file = result.GetValue(from);
            var given = file is null
                ? null
                : AnalysisJson.Set(
                    result.GetValue(set)!, result.GetValue(format),
                    RuleLines.Read(await ReadAsync(console, file, cancel), NameOf(file)));
            await using var cluster = await client.ConnectAsync(result, cancel);
            if (given is not null) await PutAsync(cluster, name, given, NameOf(file!), cancel);
            var sets = await cluster.Collections.SynonymsAsync(name, cancel);
            Show(console, result.GetValue(client.Json), name, result.GetValue(set), sets, given);
            return ExitCodes.Ok;
        });
        return verb;
    }

    private static string NameOf(string file) => file == "-" ? "standard input" : file;

    private static async Task<byte[]> ReadAsync(CliConsole console, string file, CancellationToken cancel)
    {
        if (Directory.Exists(file)) throw CliException.Usage($"{file} is a directory; --from takes a file of rules.");
        if (file != "-" && !File.Exists(file)) throw CliException.Usage($"There is no file {file}.");
        return await console.ReadAllAsync(file, cancel);
    }

    private static async Task PutAsync(
        HedgerowClient cluster, string collection, SynonymSet set, string file, CancellationToken cancel)
    {
        try
        {
            await cluster.Collections.PutSynonymsAsync(collection, set, cancel);
        }
        catch (HedgerowException refused) when (refused.Status
            is StatusCode.BadRequest or StatusCode.SchemaConflict or StatusCode.TooLarge)
        {
            // A rule is a line, blank ones too, so that its number is the line's.
            var place = RuleNumber().Match(refused.Message) is { Success: true } rule
                && rule.Groups["set"].Value == set.Name ? $"{file}:{rule.Groups["number"].Value}: " : $"{file}: ";
            throw CliException.Usage($"{place}{refused.Message} Nothing was changed.");
        }
    }

    private static void Show(
        CliConsole console, bool asJson, string collection, string? name, IReadOnlyList<SynonymSet> sets,
        SynonymSet? given)
    {
        if (name is null)
        {
            if (asJson) JsonOutput.Write(console, json => WriteList(json, sets));
            else WriteTable(console, collection, sets);
            return;
        }

        var set = sets.FirstOrDefault(one => one.Name == name) ?? throw CliException.Failed(
            $"Collection '{collection}' has no set of synonyms '{name}'; " +
            (sets.Count == 0 ? "it has none." : $"it has {string.Join(", ", sets.Select(one => one.Name))}."));
        if (asJson)
        {
            var body = new SynonymsBody { Format = AnalysisJson.NameOf(set.Format), Rules = set.Rules };
            SearchReport.WriteLine(console, body, ApiJson.Wire.SynonymsBody);
            console.Output.Flush();
        }
        else if (given is not null)
        {
            console.Out.WriteLine($"{collection} has {Sizes.Count(set.Rules.Count)} lines of synonyms as '{name}'.");
        }
        else
        {
            foreach (var rule in set.Rules) console.Out.WriteLine(rule);
        }
    }

    private static void WriteTable(CliConsole console, string collection, IReadOnlyList<SynonymSet> sets)
    {
        if (sets.Count == 0)
        {
            console.Out.WriteLine($"{collection} has no set of synonyms.");
            return;
        }

        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in new[] { "set", "format", "rules" }) table.AddColumn(column);
        foreach (var set in sets)
            table.AddRow(Markup.Escape(set.Name), AnalysisJson.NameOf(set.Format), Sizes.Count(set.Rules.Count));
        console.Screen.Write(table);
    }

    private static void WriteList(Utf8JsonWriter json, IReadOnlyList<SynonymSet> sets)
    {
        json.WriteStartArray("sets");
        foreach (var set in sets)
        {
            json.WriteStartObject();
            json.WriteString("name", set.Name);
            json.WriteString("format", AnalysisJson.NameOf(set.Format));
            json.WriteNumber("rules", set.Rules.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    [GeneratedRegex("(rule|line) (?<number>[0-9]+) of synonyms '(?<set>[^']*)'", RegexOptions.CultureInvariant)]
    private static partial Regex RuleNumber();
}
