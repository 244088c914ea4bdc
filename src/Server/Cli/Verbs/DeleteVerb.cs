using System.CommandLine;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary><c>hedgerow delete</c>: removes entries and documents, as rm removes files.</summary>
internal static class DeleteVerb
{
    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "delete",
            "Remove entries and documents. Exits 1 when one of them was not there; the others are removed " +
            "all the same.",
            new Example("one", "hedgerow delete /greeting"),
            new Example("several", "hedgerow delete /words/hedge.n.01 /words/haw.n.01"));
        var paths = new Argument<string[]>("PATH")
        {
            Arity = ArgumentArity.OneOrMore, Description = "Paths, such as /greeting.",
        };
        var client = new ClientOptions(console);
        verb.Add(paths);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            await using var cluster = await client.ConnectAsync(result, cancel);
            var deleted = 0;
            var missing = new List<string>();
            foreach (var path in result.GetRequiredValue(paths))
            {
                var write = await cluster.DeleteAsync(path, cancel: cancel);
                if (write.Succeeded) deleted++;
                else missing.Add(path);
            }

            if (result.GetValue(client.Json))
            {
                JsonOutput.Write(console, json =>
                {
                    json.WriteNumber("deleted", deleted);
                    json.WriteStartArray("missing");
                    foreach (var path in missing) json.WriteStringValue(path);
                    json.WriteEndArray();
                });
            }
            else
            {
                console.Out.WriteLine($"Deleted {deleted}.");
                foreach (var path in missing) console.Error.WriteLine($"hedgerow: There is no entry at {path}.");
            }

            return missing.Count == 0 ? ExitCodes.Ok : ExitCodes.Failed;
        });
        return verb;
    }
}
