using System.CommandLine;
using Hedgerow.Protocol;
using Spectre.Console;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary><c>hedgerow snapshot</c>: makes the leaves write their cache entries to disk, for a warm restart.</summary>
internal static class SnapshotVerb
{
    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "snapshot",
            "Write the cache entries of every leaf, or of those named, to its data directory, while it serves. A " +
            "leaf takes it up at its next start if leaf.snapshot.load is any; what was written since is not in it.",
            new Example("every leaf", "hedgerow snapshot"),
            new Example("one of them", "hedgerow snapshot leaf-1 --timeout 5m"));
        var leaves = new Argument<string[]>("LEAF")
        {
            Description = "Ids in the topology; all when none is given.", Arity = ArgumentArity.ZeroOrMore,
        };
        var client = new ClientOptions(console);
        verb.Add(leaves);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            await using var cluster = await client.ConnectAsync(result, cancel);
            var named = result.GetValue(leaves) ?? [];
            var ids = named.Length > 0 ? named : [.. (await cluster.StatusAsync(cancel)).Select(leaf => leaf.Leaf.Id)];
            var written = new List<(string Leaf, ShardSnapshot Shard)>();
            foreach (var id in ids)
            {
                var reply = await cluster.SnapshotAsync(id, cancel);
                written.AddRange(reply.Shards.Select(shard => (id, shard)));
            }

            if (result.GetValue(client.Json)) WriteJson(console, written);
            else WriteTable(console, written);
            return ExitCodes.Ok;
        });
        return verb;
    }

    private static void WriteTable(CliConsole console, List<(string Leaf, ShardSnapshot Shard)> written)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in new[] { "leaf", "shard", "entries", "bytes", "seconds" }) table.AddColumn(column);
        foreach (var (leaf, shard) in written)
        {
            var seconds = $"{shard.Micros / 1e6:F2}";
            table.AddRow(leaf, $"{shard.Shard}", Sizes.Count(shard.Entries), Sizes.Bytes(shard.Bytes), seconds);
        }

        console.Screen.Write(table);
    }

    private static void WriteJson(CliConsole console, List<(string Leaf, ShardSnapshot Shard)> written) =>
        JsonOutput.Write(console, json =>
        {
            json.WriteStartArray("snapshots");
            foreach (var (leaf, shard) in written)
            {
                json.WriteStartObject();
                json.WriteString("leaf", leaf);
                json.WriteNumber("shard", shard.Shard);
                json.WriteNumber("entries", shard.Entries);
                json.WriteNumber("bytes", shard.Bytes);
                json.WriteNumber("micros", shard.Micros);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
}
