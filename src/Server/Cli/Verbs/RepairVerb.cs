using System.CommandLine;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Http;
using Spectre.Console;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary>
/// <c>hedgerow collection repair</c>: has replicas whose files are damaged filled anew from the others, or shows how
/// each is.
/// </summary>
internal static class RepairVerb
{
    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "repair",
            "Have replicas of a collection whose files are damaged filled anew from the others of their shard, which " +
            "are read meanwhile; all of them are written. Stopped and begun again, it begins with the replica it was " +
            "at.",
            new Example("what needs it", "hedgerow collection repair wiki --check"),
            new Example("all that needs it", "hedgerow collection repair wiki"),
            new Example("all that one leaf has, damaged or not", "hedgerow collection repair wiki --leaf leaf-2"));
        var name = CollectionVerb.NameArgument("COLLECTION", "The collection.");
        var leaf = new Option<string?>("--leaf")
        {
            Description = "Fill this leaf's replicas, damaged or not, and no others.", HelpName = "LEAF",
        };
        var check = new Option<bool>("--check") { Description = "Show how each replica is, and change nothing." };
        var client = new ClientOptions(console);
        verb.Add(name);
        verb.Add(leaf);
        verb.Add(check);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            var collection = result.GetValue(name)!;
            await using var cluster = await client.ConnectAsync(result, cancel);
            var isCheck = result.GetValue(check);
            var rows = isCheck
                ? await cluster.Collections.ReplicasAsync(collection, cancel)
                : await RepairAsync(console, cluster, collection, result.GetValue(leaf), cancel);
            if (result.GetValue(client.Json))
                SearchReport.WriteLine(console, RepairEndpoints.ToAnswer(rows), ApiJson.Wire.RepairAnswer);
            else if (!isCheck && rows.Count == 0) console.Out.WriteLine($"No replica of {collection} needs repair.");
            else WriteTable(console, rows);
            return isCheck && rows.Any(row => row.State != ReplicaState.Well) ? ExitCodes.Failed : ExitCodes.Ok;
        });
        return verb;
    }

    private static Task<IReadOnlyList<ReplicaCondition>> RepairAsync(
        CliConsole console, HedgerowClient cluster, string collection, string? leaf, CancellationToken cancel)
    {
        var progress = new Copied();
        return WorkProgress.RunAsync(
            console.ErrorScreen, console.Time, $"repair {collection}",
            _ => new WorkReading(progress.Rows, Math.Max(1, progress.Rows), $"{progress.Rows:N0} documents copied"),
            async () => await cluster.Collections.RepairAsync(collection, leaf, progress, cancel));
    }

    private static void WriteTable(CliConsole console, IReadOnlyList<ReplicaCondition> rows)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in new[] { "shard", "leaf", "state", "documents", "problem" }) table.AddColumn(column);
        foreach (var row in rows)
        {
            table.AddRow(
                $"{row.Shard}", Markup.Escape(row.Leaf), RepairEndpoints.Describe(row.State),
                Sizes.Count(row.Documents), Markup.Escape(row.Problem));
        }

        console.Screen.Write(table);
    }

    private sealed class Copied : IProgress<long>
    {
        private long _rows;

        public long Rows => Volatile.Read(ref _rows);

        public void Report(long value) => Volatile.Write(ref _rows, value);
    }
}
