using System.CommandLine;
using System.Globalization;
using System.Text;
using Hedgerow.Router;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary><c>hedgerow get</c>: one entry or document, its bytes as they are.</summary>
internal static class GetVerb
{
    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "get",
            "Read one entry or document by its path. Exits 1 when there is none.",
            new Example("a value to the terminal", "hedgerow get /greeting"),
            new Example("a picture to a file", "hedgerow get /img/logo.png --output logo.png"),
            new Example("version, flags and expiry too", "hedgerow get /greeting --with-meta"),
            new Example("what I wrote myself", "hedgerow get /greeting --min-version 116943871223889920"));
        var path = new Argument<string>("PATH") { Description = "The path, such as /greeting." };
        var output = new Option<string?>("--output", "-o")
        {
            HelpName = "FILE", Description = "Write the value to this file instead of the terminal.",
        };
        var withMeta = new Option<bool>("--with-meta")
        {
            Description = "Also print version, flags, expiry, size, shard and replicas, to standard error.",
        };
        var versionMin = NumberOption.CreateOptional(
            "--min-version", "VERSION", 1ul, ulong.MaxValue,
            "At least this version, such as that of an own write; replicas without it are passed over.");
        var client = new ClientOptions(console);
        verb.Add(path);
        verb.Add(output);
        verb.Add(withMeta);
        verb.Add(versionMin);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            await using var cluster = await client.ConnectAsync(result, cancel);
            var name = result.GetRequiredValue(path);
            using var entry = await cluster.GetAsync(name, result.GetValue(versionMin) ?? 0, cancel);
            if (!entry.Found) throw CliException.Failed($"There is no entry at {name}.");
            if (result.GetValue(client.Json)) WriteJson(console, name, entry);
            else await WriteValueAsync(console, result.GetValue(output), entry, cancel);
            if (result.GetValue(withMeta)) WriteMeta(console, entry, ClientOptions.Place(cluster, name));
            return ExitCodes.Ok;
        });
        return verb;
    }

    private static async Task WriteValueAsync(
        CliConsole console, string? file, EntryResult entry, CancellationToken cancel)
    {
        if (file is not null)
        {
            await File.WriteAllBytesAsync(file, entry.Value, cancel);
            return;
        }

        await console.Output.WriteAsync(entry.Value, cancel);
        if (console.IsTerminal && !entry.Value.Span.EndsWith("\n"u8)) console.Output.WriteByte((byte)'\n');
        await console.Output.FlushAsync(cancel);
    }

    private static void WriteMeta(CliConsole console, EntryResult entry, string place)
    {
        console.Error.WriteLine($"version {entry.Version}");
        console.Error.WriteLine($"flags   {entry.EntryFlags}");
        console.Error.WriteLine($"expires {Expiry(entry)}");
        console.Error.WriteLine($"bytes   {entry.Value.Length}");
        console.Error.WriteLine($"place   {place}");
    }

    private static string Expiry(EntryResult entry) =>
        entry.ExpiresAt?.ToString("O", CultureInfo.InvariantCulture) ?? "never";

    private static void WriteJson(CliConsole console, string path, EntryResult entry) =>
        JsonOutput.Write(console, json =>
        {
            json.WriteString("path", path);
            json.WriteNumber("version", entry.Version);
            json.WriteNumber("flags", entry.EntryFlags);
            if (entry.ExpiresAt is { } expires) json.WriteString("expiresAt", expires);
            else json.WriteNull("expiresAt");
            if (TryText(entry.Value.Span, out var text)) json.WriteString("value", text);
            else json.WriteBase64String("valueBase64", entry.Value.Span);
        });

    private static bool TryText(ReadOnlySpan<byte> value, out string text)
    {
        text = "";
        if (!System.Text.Unicode.Utf8.IsValid(value)) return false;
        text = Encoding.UTF8.GetString(value);
        return true;
    }
}
