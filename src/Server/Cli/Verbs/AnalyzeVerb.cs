using System.CommandLine;
using System.Text.Json;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Http;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary><c>hedgerow analyze</c>: what an analyzer makes of a text, and why.</summary>
internal sealed class AnalyzeVerb
{
    private readonly Argument<string> _text = new("TEXT") { Description = "The text." };

    private readonly Option<string?> _collection = Name(
        "--collection", "NAME", "The collection whose analyzers count.");
    private readonly Option<string?> _analyzer = Name(
        "--analyzer", "NAME", "An analyzer; standard where none is named.");

    private readonly Option<string?> _field = Name(
        "--field", "NAME", "A field of the collection, for its analyzer.");
    private readonly Option<string?> _tokenizer = Name("--tokenizer", "PART", "The tokenizer of a chain to try.");
    private readonly Option<string[]> _filters = Parts("--filter", "A filter of that chain, in order.");
    private readonly Option<string[]> _charFilters = Parts("--char-filter", "A char filter of that chain, in order.");

    private readonly Option<bool> _asQuery = new("--as-query")
    {
        Description = "As a query on the field: by its search analyzer, with synonyms.",
    };

    private readonly Option<bool> _explain = new("--explain") { Description = "Show what each part made." };

    /// <summary>The verb.</summary>
    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "analyze",
            "Show the terms that an analyzer makes of a text, with their places, and why.",
            new Example(
                "by an analyzer that is always there", "hedgerow analyze \"The quick foxes\" --analyzer english"),
            new Example(
                "as a field is indexed, part by part",
                "hedgerow analyze \"Foxes\" --collection books --field title --explain"),
            new Example(
                "a chain to try",
                "hedgerow analyze \"PowerShot\" --tokenizer standard --filter lowercase "
                + "--filter '{\"type\":\"edge_ngram\",\"max_gram\":5}'"));
        new AnalyzeVerb().AddTo(verb, console);
        return verb;
    }

    private void AddTo(VerbCommand verb, CliConsole console)
    {
        var client = new ClientOptions(console);
        verb.Add(_text);
        foreach (var option in new Option[]
        {
            _collection, _analyzer, _field, _tokenizer, _filters, _charFilters, _asQuery, _explain,
        })
        {
            verb.Add(option);
        }

        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            var request = Request(result);
            await using var cluster = await client.ConnectAsync(result, cancel);
            var reply = await cluster.AnalyzeAsync(request, cancel);
            if (result.GetValue(client.Json))
                SearchReport.WriteLine(console, AnalysisEndpoints.ToAnswer(reply), ApiJson.Wire.AnalyzeAnswer);
            else AnalyzeReport.Write(console.Screen, reply, request.Text);
            return ExitCodes.Ok;
        });
    }

    private AnalyzeRequest Request(ParseResult result) => AnalysisEndpoints.ToRequest(
        result.GetValue(_collection),
        new AnalyzeBody
        {
            Text = result.GetRequiredValue(_text),
            Analyzer = result.GetValue(_analyzer),
            Field = result.GetValue(_field),
            Tokenizer = result.GetValue(_tokenizer) is { } tokenizer ? Part(tokenizer, "--tokenizer") : null,
            Filter = List(result.GetValue(_filters), "--filter"),
            CharFilter = List(result.GetValue(_charFilters), "--char-filter"),
            AsQuery = result.GetValue(_asQuery) ? true : null,
            Explain = result.GetValue(_explain),
        });

    private static JsonElement? List(string[]? parts, string option)
    {
        if (parts is not { Length: > 0 }) return null;
        var json = string.Join(',', parts.Select(part => Part(part, option).GetRawText()));
        using var list = JsonDocument.Parse($"[{json}]");
        return list.RootElement.Clone();
    }

    /// <summary>A part by name, or as a JSON object.</summary>
    private static JsonElement Part(string text, string option)
    {
        if (!text.StartsWith('{')) return JsonSerializer.SerializeToElement(text, ApiJson.Wire.String);
        try
        {
            using var part = JsonDocument.Parse(text);
            return part.RootElement.Clone();
        }
        catch (JsonException broken)
        {
            throw CliException.Usage($"{option}: {text} is not JSON: {broken.Message}");
        }
    }

    private static Option<string?> Name(string name, string help, string description) => new(name)
    {
        HelpName = help, Description = description,
    };

    private static Option<string[]> Parts(string name, string description) => new(name)
    {
        HelpName = "PART", Description = $"{description} A name, or a JSON object with its type and settings.",
    };
}
