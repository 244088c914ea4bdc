using System.CommandLine;
using Hedgerow.Protocol;
using Hedgerow.Router;

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
            new Example("several", "hedgerow delete /words/hedge.n.01 /words/haw.n.01"),
            new Example("only if nobody changed it", "hedgerow delete /greeting --if-version 116943871223889920"));
        var paths = new Argument<string[]>("PATH")
        {
            Arity = ArgumentArity.OneOrMore, Description = "Paths, such as /greeting.",
        };
        var ifVersion = NumberOption.CreateOptional(
            "--if-version", "VERSION", 1ul, ulong.MaxValue, "Only if this version is stored, of one PATH.");
        var refresh = new RefreshOption();
        var client = new ClientOptions(console);
        verb.Add(paths);
        verb.Add(ifVersion);
        refresh.AddTo(verb);
        verb.Validators.Add(result =>
        {
            if (result.GetValue(ifVersion) is not null && result.GetValue(paths)?.Length > 1)
                result.AddError("--if-version is for one PATH; each has its own version.");
        });
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            await using var cluster = await client.ConnectAsync(result, cancel);
            var deleted = 0;
            var missing = new List<string>();
            foreach (var path in result.GetRequiredValue(paths))
            {
                var write = await cluster.DeleteAsync(path, result.GetValue(ifVersion) ?? 0, cancel);
                if (write.Succeeded) deleted++;
                else if (write.Status == StatusCode.NotFound) missing.Add(path);
                else throw CliException.Failed(Refusal(path, write));
            }

            await refresh.ApplyAsync(result, cluster, result.GetRequiredValue(paths), cancel);
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

    private static string Refusal(string path, WriteResult write) => write.Status == StatusCode.VersionMismatch
        ? $"{path} is at version {write.Version}, not at the one given."
        : $"{path} was not removed: {write.Status}.";
}
