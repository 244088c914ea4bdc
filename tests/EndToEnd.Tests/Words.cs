using System.IO.Compression;
using Hedgerow.Server.Demo;

namespace Hedgerow.EndToEnd.Tests;

/// <summary>Files made of the bundled corpus.</summary>
internal static class Words
{
    /// <summary>Writes the first so many documents as plain JSON lines, and the schema beside them.</summary>
    public static async Task<(string File, string Schema)> WriteAsync(Func<string, string> pathOf, int documents)
    {
        var file = pathOf("words.jsonl");
        var schema = pathOf("schema.json");
        await using (var to = File.Create(schema)) await BundledCorpus.OpenSchema().CopyToAsync(to);
        using var lines = new StreamReader(new GZipStream(BundledCorpus.OpenFile(), CompressionMode.Decompress));
        await using var writer = File.CreateText(file);
        for (var i = 0; i < documents; i++) await writer.WriteLineAsync(await lines.ReadLineAsync());
        return (file, schema);
    }
}
