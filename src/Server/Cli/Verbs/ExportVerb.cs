using System.CommandLine;
using System.IO.Compression;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary><c>hedgerow export</c>: a collection as JSON lines in path order, which import takes back.</summary>
internal static class ExportVerb
{
    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "export",
            "Write all documents of a collection as JSON lines, in path order.",
            new Example("to the terminal", "hedgerow export words | head"),
            new Example("to a compressed file", "hedgerow export words --output words.jsonl.gz"),
            new Example("with path and version", "hedgerow export words --with-meta"));
        var collection = new Argument<string>("COLLECTION") { Description = "The collection's name, such as words." };
        var output = new Option<string?>("--output", "-o")
        {
            HelpName = "FILE", Description = "Write to this file; one that ends in .gz is compressed.",
        };
        var withMeta = new Option<bool>("--with-meta")
        {
            Description = "Lines are {\"path\":…,\"version\":…,\"document\":…} rather than the document alone.",
        };
        var client = new ClientOptions(console);
        verb.Add(collection);
        verb.Add(output);
        verb.Add(withMeta);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            await using var cluster = await client.ConnectAsync(result, cancel);
            var name = result.GetRequiredValue(collection);
            if (await cluster.GetCollectionAsync(name, cancel) is null)
                throw CliException.Failed($"There is no collection '{name}'; 'hedgerow status' lists them.");
            var documents = cluster.ScanAsync(name, cancel);
            var count = result.GetValue(output) is { } file
                ? await WriteFileAsync(file, documents, result.GetValue(withMeta), cancel)
                : await WriteAsync(console.Output, documents, result.GetValue(withMeta), cancel);
            if (result.GetValue(client.Json))
                JsonOutput.Write(console, json => json.WriteNumber("documents", count));
            else
                console.Error.WriteLine($"Exported {Sizes.Count(count)} documents.");
            return ExitCodes.Ok;
        });
        verb.Validators.Add(result =>
        {
            if (result.GetValue(client.Json) && result.GetValue(output) is null)
                result.AddError("export: --json reports on a file; without --output the lines themselves are JSON.");
        });
        return verb;
    }

    /// <summary>Writes beside the file and renames at the end, so that a file with this name is always whole.</summary>
    private static async Task<long> WriteFileAsync(
        string file, IAsyncEnumerable<BulkDocument> documents, bool withMeta, CancellationToken cancel)
    {
        var partial = file + ".partial";
        long count;
        await using (var plain = File.Create(partial))
        {
            if (file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            {
                await using var gzip = new GZipStream(plain, CompressionLevel.Optimal);
                count = await WriteAsync(gzip, documents, withMeta, cancel);
            }
            else
            {
                count = await WriteAsync(plain, documents, withMeta, cancel);
            }
        }

        File.Move(partial, file, overwrite: true);
        return count;
    }

    private static async Task<long> WriteAsync(
        Stream output, IAsyncEnumerable<BulkDocument> documents, bool withMeta, CancellationToken cancel)
    {
        var lines = new ExportLines(withMeta);
        var count = 0L;
        await foreach (var document in documents.WithCancellation(cancel))
        {
            lines.Add(document);
            count++;
            if (lines.IsFull) await lines.FlushAsync(output, cancel);
        }

        await lines.FlushAsync(output, cancel);
        await output.FlushAsync(cancel);
        return count;
    }
}
