using System.CommandLine;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Cli.Import;
using Spectre.Console;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary>
/// <c>hedgerow collection</c>: lists and drops collections, gives them other names, indexes them by another schema,
/// changes their synonyms.
/// </summary>
internal static class CollectionVerb
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "collection",
            "List collections, drop one, give one another name, index one by another schema while it serves, change " +
            "its synonyms, or have damaged replicas of one filled from the others.",
            new Example("what there is", "hedgerow collection list"),
            new Example("another schema, while it serves", "hedgerow collection reindex wiki --schema new.json"),
            new Example("its synonyms", "hedgerow collection synonyms wiki places --from places.txt"),
            new Example("a name that applications search by", "hedgerow collection alias articles wiki"),
            new Example("away with it, documents and all", "hedgerow collection drop wiki --yes"));
        verb.Add(List(console));
        verb.Add(Reindex(console));
        verb.Add(Alias(console));
        verb.Add(Unalias(console));
        verb.Add(Drop(console));
        verb.Add(SynonymsVerb.Create(console));
        verb.Add(RepairVerb.Create(console));
        return verb;
    }

    private static VerbCommand List(CliConsole console)
    {
        var verb = new VerbCommand(
            "list", "All collections, their documents, other names and reindexes under way.",
            new Example("as JSON", "hedgerow collection list --json"));
        var client = new ClientOptions(console);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            await using var cluster = await client.ConnectAsync(result, cancel);
            var collections = await cluster.ListCollectionsAsync(cancel);
            if (result.GetValue(client.Json)) WriteJson(console, collections);
            else WriteTable(console, collections);
            return ExitCodes.Ok;
        });
        return verb;
    }

    private static VerbCommand Reindex(CliConsole console)
    {
        var verb = new VerbCommand(
            "reindex",
            "Index all documents of a collection by another schema, in the background, while it is read, searched " +
            "and written; then let the new index take the place of the old one, at once for every search. Stopped " +
            "and begun again, it goes on where the leaves are.",
            new Example("with progress", "hedgerow collection reindex wiki --schema new.json"),
            new Example("fill it, change over later", "hedgerow collection reindex wiki --schema new.json --hold"),
            new Example("change over", "hedgerow collection reindex wiki"),
            new Example("give it up", "hedgerow collection reindex wiki --cancel"));
        var name = NameArgument("COLLECTION", "The collection.");
        var schema = new Option<string?>("--schema")
        {
            Description = "The new schema, a JSON file; without it, the reindex under way goes on.", HelpName = "FILE",
        };
        var hold = new Option<bool>("--hold") { Description = "Keep the old index when the new one is ready." };
        var giveUp = new Option<bool>("--cancel") { Description = "Give the reindex under way up." };
        var client = new ClientOptions(console);
        verb.Add(name);
        verb.Add(schema);
        verb.Add(hold);
        verb.Add(giveUp);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            var collection = result.GetValue(name)!;
            var file = result.GetValue(schema);
            var given = file is null ? null : SchemaFile.Read(file, collection);
            await using var cluster = await client.ConnectAsync(result, cancel);
            if (result.GetValue(giveUp))
            {
                await cluster.Collections.CancelReindexAsync(collection, cancel);
                return ExitCodes.Ok;
            }

            if (given is not null) await cluster.Collections.BeginReindexAsync(given, cancel);
            var copied = await FollowAsync(console, cluster, collection, cancel);
            if (result.GetValue(hold))
            {
                console.Out.WriteLine($"The new index of {collection} is ready and gets every write. " +
                    $"hedgerow collection reindex {collection} changes over.");
                return ExitCodes.Ok;
            }

            await cluster.Collections.FinishReindexAsync(collection, cancel);
            console.Out.WriteLine($"{collection} is searched by its new index: {copied:N0} documents.");
            return ExitCodes.Ok;
        });
        return verb;
    }

    /// <summary>Shows how far it is until it is ready.</summary>
    private static Task<long> FollowAsync(
        CliConsole console, HedgerowClient cluster, string collection, CancellationToken cancel)
    {
        long copied = 0, documents = 0;
        return WorkProgress.RunAsync(
            console.ErrorScreen, console.Time, $"reindex {collection}",
            _ => new WorkReading(copied, Math.Max(1, documents), $"{copied:N0} of {documents:N0} documents"),
            async () =>
            {
                while (true)
                {
                    var status = await cluster.Collections.ReindexStatusAsync(collection, cancel)
                        ?? throw CliException.Failed(
                            $"No reindex of '{collection}' is under way; --schema FILE begins one.");
                    (copied, documents) = (status.Copied, Math.Max(status.Documents, status.Copied));
                    if (status.Problem is { } problem)
                    {
                        throw CliException.Failed(
                            $"{problem} The collection is as it was. Mend the document or the schema, " +
                            $"then: hedgerow collection reindex {collection} --cancel, and begin again.");
                    }

                    if (status.IsReady) return copied;
                    await Task.Delay(PollInterval, console.Time, cancel);
                }
            });
    }

    private static VerbCommand Alias(CliConsole console)
    {
        var verb = new VerbCommand(
            "alias",
            "Make a name lead to a collection: searches, exports, refreshes and imports may use it. Where it led to " +
            "another before, each search sees the one or the other, whole.",
            new Example("set or move it", "hedgerow collection alias articles wiki-2026"));
        var alias = NameArgument("ALIAS", "The name.");
        var name = NameArgument("COLLECTION", "Where it is to lead.");
        var client = new ClientOptions(console);
        verb.Add(alias);
        verb.Add(name);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            await using var cluster = await client.ConnectAsync(result, cancel);
            await cluster.Collections.SetAliasAsync(result.GetValue(alias)!, result.GetValue(name)!, cancel);
            return ExitCodes.Ok;
        });
        return verb;
    }

    private static VerbCommand Unalias(CliConsole console)
    {
        var verb = new VerbCommand(
            "unalias", "Take a name away that leads to a collection; the collection stays.",
            new Example("away with the name", "hedgerow collection unalias articles"));
        var alias = NameArgument("ALIAS", "The name.");
        var client = new ClientOptions(console);
        verb.Add(alias);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            await using var cluster = await client.ConnectAsync(result, cancel);
            await cluster.Collections.RemoveAliasAsync(result.GetValue(alias)!, cancel);
            return ExitCodes.Ok;
        });
        return verb;
    }

    private static VerbCommand Drop(CliConsole console)
    {
        var verb = new VerbCommand(
            "drop", "Delete a collection with its documents and the names that lead to it. There is no way back.",
            new Example("it has to be said twice", "hedgerow collection drop wiki --yes"));
        var name = NameArgument("COLLECTION", "The collection.");
        var yes = new Option<bool>("--yes") { Description = "Needed: every document of it is deleted." };
        var client = new ClientOptions(console);
        verb.Add(name);
        verb.Add(yes);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            var collection = result.GetValue(name)!;
            if (!result.GetValue(yes))
            {
                throw CliException.Usage(
                    $"This deletes every document of '{collection}'. If that is meant: " +
                    $"hedgerow collection drop {collection} --yes");
            }

            await using var cluster = await client.ConnectAsync(result, cancel);
            await cluster.Collections.DropAsync(collection, cancel);
            return ExitCodes.Ok;
        });
        return verb;
    }

    internal static Argument<string> NameArgument(string name, string description) =>
        new(name) { Description = description };

    private static void WriteTable(CliConsole console, IReadOnlyList<CollectionStatus> collections)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in new[] { "collection", "documents", "bytes", "fields", "other names", "reindex" })
            table.AddColumn(column);
        foreach (var collection in collections)
        {
            table.AddRow(
                Markup.Escape(collection.Schema.Name), Sizes.Count(collection.Documents),
                Sizes.Bytes(collection.Bytes), $"{collection.Schema.Fields.Count}",
                Markup.Escape(string.Join(", ", collection.Aliases)), Markup.Escape(Describe(collection.Reindex)));
        }

        console.Screen.Write(table);
    }

    private static string Describe(ReindexStatus? reindex) => reindex switch
    {
        null => "",
        { Problem: { } problem } => problem,
        { IsReady: true } => "ready",
        _ => $"{reindex.Copied:N0} of {reindex.Documents:N0}",
    };

    private static void WriteJson(CliConsole console, IReadOnlyList<CollectionStatus> collections) =>
        JsonOutput.Write(console, json =>
        {
            json.WriteStartArray("collections");
            foreach (var collection in collections)
            {
                json.WriteStartObject();
                json.WriteString("name", collection.Schema.Name);
                json.WriteNumber("documents", collection.Documents);
                json.WriteNumber("searchable", collection.Searchable);
                json.WriteNumber("bytes", collection.Bytes);
                json.WriteNumber("fields", collection.Schema.Fields.Count);
                json.WriteStartArray("aliases");
                foreach (var alias in collection.Aliases) json.WriteStringValue(alias);
                json.WriteEndArray();
                if (collection.Reindex is { } reindex)
                {
                    json.WriteStartObject("reindex");
                    json.WriteNumber("copied", reindex.Copied);
                    json.WriteNumber("documents", reindex.Documents);
                    json.WriteBoolean("ready", reindex.IsReady);
                    json.WriteString("problem", reindex.Problem);
                    json.WriteEndObject();
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
}
