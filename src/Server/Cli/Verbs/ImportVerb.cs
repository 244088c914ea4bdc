using System.CommandLine;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Cli.Import;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary>
/// <c>hedgerow import</c>: JSON lines into a collection, fast, resumable, and exact about what is wrong.
/// </summary>
internal static class ImportVerb
{
    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "import",
            "Read JSON lines (plain or gzip) into a collection. Stops at the first bad line unless told to leave " +
            "it out.",
            new Example(
                "a new collection",
                "hedgerow import articles.jsonl.gz --collection wiki --text-fields title,text --analyzer english"),
            new Example(
                "go on after Ctrl-C or an error", "hedgerow import articles.jsonl.gz --collection wiki --resume"),
            new Example(
                "what was exported, where nobody wrote since",
                "hedgerow import edited.jsonl --collection wiki --with-meta --if-unchanged"),
            new Example(
                "from a pipe", "zcat a.jsonl.gz | hedgerow import - --collection wiki --text-fields title,text"));
        var options = new ImportOptions();
        var client = new ClientOptions(console);
        options.AddTo(verb);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            var plan = options.Plan(result);
            await using var source = await ImportSource.OpenAsync(options.File(result), console, cancel);
            await using var cluster = await client.ConnectAsync(result, cancel);
            var schema = await DeclareAsync(cluster, options, result, plan.Collection, cancel);
            plan = options.Plan(result, plan, schema);
            var ended = await RunAsync(console, cluster, plan, source, cancel);
            if (result.GetValue(client.Json)) WriteJson(console, ended);
            else console.Out.WriteLine(Summary(plan, ended));
            if (ended.Error is null) return ExitCodes.Ok;
            throw CliException.Failed(ended.Error + Advice(plan));
        });
        return verb;
    }

    /// <summary>Imports with progress on the error screen. The demo's import is this one too.</summary>
    public static async Task<ImportResult> RunAsync(
        CliConsole console, HedgerowClient cluster, ImportPlan plan, ImportSource source, CancellationToken cancel)
    {
        await using var writer = cluster.OpenBulk(plan.Collection);
        var importer = new Importer(plan, source, writer, console.Error, console.Time);
        var ended = await WorkProgress.RunAsync(
            console.ErrorScreen, console.Time, source.Name, seconds => importer.Reading.After(seconds),
            () => importer.RunAsync(cancel));
        if (ended.Error is null) await cluster.RefreshAsync(plan.Collection, cancel);
        return ended;
    }

    /// <summary>One line about how it ended.</summary>
    public static string Summary(ImportPlan plan, ImportResult ended)
    {
        var rate = ended.Documents / Math.Max(ended.Elapsed.TotalSeconds, 0.001);
        var skipped = ended.Skipped > 0 ? $", {Sizes.Count(ended.Skipped)} lines skipped" : "";
        return $"Imported {ended.Documents:N0} documents into /{plan.Collection}/ in {Sizes.Time(ended.Elapsed)} " +
            $"({rate:N0}/s){skipped}.";
    }

    private static async Task<CollectionSchema> DeclareAsync(
        HedgerowClient cluster, ImportOptions options, ParseResult result, string collection, CancellationToken cancel)
    {
        if (options.Schema.Read(result, collection) is { } schema)
        {
            await cluster.PutCollectionAsync(schema, cancel);
            return schema;
        }

        var found = await cluster.GetCollectionAsync(collection, cancel)
            ?? throw CliException.Usage(
                $"There is no collection '{collection}' yet: declare it with --schema FILE.json, or with " +
                "--text-fields, --keyword-fields, --number-fields and --date-fields.");
        return found.Schema;
    }

    private static string Advice(ImportPlan plan) => plan.PositionFile is { } file
        ? $" What came before is kept: go on with --resume (position in {file}), or leave bad lines out with " +
            "--skip-bad."
        : " Leave bad lines out with --skip-bad.";

    private static void WriteJson(CliConsole console, ImportResult ended) =>
        JsonOutput.Write(console, json =>
        {
            json.WriteNumber("documents", ended.Documents);
            json.WriteNumber("skipped", ended.Skipped);
            json.WriteNumber("lines", ended.Lines);
            json.WriteNumber("seconds", Math.Round(ended.Elapsed.TotalSeconds, 3));
            if (ended.Error is not null) json.WriteString("error", ended.Error);
        });
}
