using System.CommandLine;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary><c>hedgerow set</c>: stores one value; on a path of a collection, indexes one document.</summary>
internal static class SetVerb
{
    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "set",
            "Store one value on every replica of its shard. On a path of a collection the value is a JSON document.",
            new Example("a text", "hedgerow set /greeting \"hello, world\""),
            new Example("a file that is gone after an hour", "hedgerow set /img/logo.png --file logo.png --ttl 1h"),
            new Example("from a pipe", "echo hello | hedgerow set /greeting -"),
            new Example("only if nobody changed it", "hedgerow set /greeting hi --if-version 116943871223889920"),
            new Example("a document, to be found at once", "hedgerow set /words/a '{\"id\":\"a\"}' --refresh true"));
        var path = new Argument<string>("PATH") { Description = "The path, such as /greeting." };
        var value = new Argument<string?>("VALUE")
        {
            Arity = ArgumentArity.ZeroOrOne, Description = "The value as text; - reads standard input.",
        };
        var options = new SetOptions();
        var refresh = new RefreshOption();
        var client = new ClientOptions(console);
        verb.Add(path);
        verb.Add(value);
        options.AddTo(verb);
        refresh.AddTo(verb);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            var name = result.GetRequiredValue(path);
            var bytes = await ReadValueAsync(console, result.GetValue(value), result.GetValue(options.File), cancel);
            await using var cluster = await client.ConnectAsync(result, cancel);
            var write = await options.WriteAsync(cluster, result, name, bytes, cancel);
            Explain(name, write);
            await refresh.ApplyAsync(result, cluster, [name], cancel);
            if (result.GetValue(client.Json))
            {
                JsonOutput.Write(console, json =>
                {
                    json.WriteString("path", name);
                    json.WriteNumber("version", write.Version);
                    json.WriteNumber("replicas", write.Replicas);
                });
            }
            else
            {
                console.Out.WriteLine($"Stored {Sizes.Bytes(bytes.Length)} at {name}, version {write.Version}, " +
                    $"on {write.Replicas} replicas: {ClientOptions.Place(cluster, name)}.");
            }

            return ExitCodes.Ok;
        });
        return verb;
    }

    private static void Explain(string path, WriteResult write)
    {
        if (write.Succeeded) return;
        throw CliException.Failed(write.Status switch
        {
            StatusCode.Exists => $"{path} exists already, at version {write.Version}; --if-absent wants none.",
            StatusCode.VersionMismatch => $"{path} is at version {write.Version}, not at the one given.",
            StatusCode.NotFound => $"There is no entry at {path}.",
            _ => $"{path} was not stored: {write.Status}.",
        });
    }

    private static async Task<byte[]> ReadValueAsync(
        CliConsole console, string? value, string? file, CancellationToken cancel)
    {
        if (value is not null && file is not null)
            throw CliException.Usage("set takes VALUE or --file FILE, not both.");
        if (value is null && file is null)
            throw CliException.Usage("set wants a VALUE, --file FILE, or - for standard input.");
        return file is null && value != "-"
            ? Encoding.UTF8.GetBytes(value!)
            : await console.ReadAllAsync(file ?? "-", cancel);
    }

    /// <summary>How the value is stored, and on which condition.</summary>
    private sealed class SetOptions
    {
        public Option<string?> File { get; } = new("--file", "-f")
        {
            HelpName = "FILE", Description = "Store this file's bytes.",
        };

        private Option<TimeSpan?> Ttl { get; } =
            ClientOptions.DurationOption("--ttl", "Time to live, such as 60s; without it the entry does not expire.");

        private Option<uint> Flags { get; } = NumberOption.Create(
            "--flags", "N", 0u, 0u, uint.MaxValue, "32 bits of your own, kept with the value,");

        private Option<bool> IfAbsent { get; } = new("--if-absent")
        {
            Description = "Only where no entry is.",
        };

        private Option<ulong?> IfVersion { get; } = NumberOption.CreateOptional(
            "--if-version", "VERSION", 1ul, ulong.MaxValue, "Only if this version is stored.");

        public void AddTo(Command verb)
        {
            verb.Add(File);
            verb.Add(Ttl);
            verb.Add(Flags);
            verb.Add(IfAbsent);
            verb.Add(IfVersion);
            verb.Validators.Add(result =>
            {
                if (result.GetValue(IfAbsent) && result.GetValue(IfVersion) is not null)
                    result.AddError("--if-absent and --if-version exclude each other.");
            });
        }

        public ValueTask<WriteResult> WriteAsync(
            HedgerowClient cluster, ParseResult result, string path, byte[] bytes, CancellationToken cancel)
        {
            var write = new WriteOptions(result.GetValue(Ttl), result.GetValue(Flags));
            if (result.GetValue(IfAbsent)) return cluster.AddAsync(path, bytes, write, cancel);
            return result.GetValue(IfVersion) is { } version
                ? cluster.CompareAndSetAsync(path, bytes, version, write, cancel)
                : cluster.SetAsync(path, bytes, write, cancel);
        }
    }
}
