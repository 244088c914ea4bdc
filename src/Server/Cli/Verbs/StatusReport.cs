using System.Globalization;
using System.Text.Json;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Spectre.Console;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary>How a cluster's status looks, to people and to machines.</summary>
internal static class StatusReport
{
    private const string HitsCounter = "hedgerow_leaf_cache_hits_total";
    private const string MissesCounter = "hedgerow_leaf_cache_misses_total";

    public static void Write(
        IAnsiConsole screen, StatsReply router, IReadOnlyList<LeafStatus> leaves,
        IReadOnlyList<CollectionStatus> collections)
    {
        screen.Write(Leaves(leaves));
        if (collections.Count > 0) screen.Write(Collections(collections));
        screen.MarkupLine($"[grey]{Router(router)}[/]");
    }

    public static void WriteJson(
        CliConsole console, StatsReply router, IReadOnlyList<LeafStatus> leaves,
        IReadOnlyList<CollectionStatus> collections) =>
        JsonOutput.Write(console, json =>
        {
            WriteCounters(json, "router", router.Counters);
            json.WriteStartArray("leaves");
            foreach (var leaf in leaves) WriteLeaf(json, leaf);
            json.WriteEndArray();
            json.WriteStartArray("collections");
            foreach (var collection in collections)
            {
                json.WriteStartObject();
                json.WriteString("name", collection.Schema.Name);
                json.WriteNumber("documents", collection.Documents);
                json.WriteNumber("searchable", collection.Searchable);
                json.WriteNumber("bytes", collection.Bytes);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });

    /// <summary>One line: what hedging did and what it cost, since the router's start.</summary>
    private static string Router(StatsReply router)
    {
        long Count(string name) => router.Counters.GetValueOrDefault($"hedgerow_router_{name}_total");
        var requests = Count("requests");
        var share = requests == 0 ? 0 : (double)Count("hedges_sent") / requests;
        return $"router: epoch {router.Epoch}, {requests:N0} requests to shards, hedges " +
            $"{Count("hedges_sent"):N0} sent ({share:P2}), {Count("hedges_won"):N0} won, " +
            $"{Count("hedges_cancelled"):N0} cancelled, {Count("hedges_denied"):N0} denied, " +
            $"{Count("retries"):N0} retries";
    }

    private static void WriteCounters(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, long> counters)
    {
        json.WriteStartObject(name);
        foreach (var (counter, count) in counters) json.WriteNumber(counter, count);
        json.WriteEndObject();
    }

    private static Table Leaves(IReadOnlyList<LeafStatus> leaves)
    {
        var table = new Table { Border = TableBorder.Rounded, Title = new TableTitle("leaves") };
        table.AddColumns("id", "address", "state", "epoch", "shards");
        foreach (var name in new[] { "documents", "entries", "memory", "hit ratio" })
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (var leaf in leaves)
        {
            if (leaf.Stats is not { } stats)
            {
                table.AddRow(
                    Escape(leaf.Leaf.Id), Escape(leaf.Leaf.Address), "[red]down[/]", "", Escape(leaf.Error ?? ""), "",
                    "", "", "");
                continue;
            }

            table.AddRow(
                Escape(leaf.Leaf.Id),
                Escape(leaf.Leaf.Address),
                stats.State == "ready" ? "[green]ready[/]" : $"[yellow]{Escape(stats.State)}[/]",
                stats.Epoch.ToString(CultureInfo.InvariantCulture),
                string.Join(' ', stats.Shards.Select(shard => shard.Shard)),
                Sizes.Count(stats.Shards.Sum(shard => shard.Documents)),
                Sizes.Count(stats.Shards.Sum(shard => shard.Entries)),
                Sizes.Bytes(stats.Shards.Sum(shard => shard.EntryBytes)),
                HitRatio(stats));
        }

        return table;
    }

    private static Table Collections(IReadOnlyList<CollectionStatus> collections)
    {
        var table = new Table { Border = TableBorder.Rounded, Title = new TableTitle("collections") };
        table.AddColumns("name", "fields");
        foreach (var name in new[] { "documents", "searchable", "size" })
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (var collection in collections)
        {
            var fields = collection.Schema.Fields.Select(
                field => $"{field.Name}:{field.Type.ToString().ToLowerInvariant()}");
            table.AddRow(
                Escape(collection.Schema.Name),
                Escape(string.Join(' ', fields)),
                Sizes.Count(collection.Documents),
                Sizes.Count(collection.Searchable),
                Sizes.Bytes(collection.Bytes));
        }

        return table;
    }

    private static void WriteLeaf(Utf8JsonWriter json, LeafStatus leaf)
    {
        json.WriteStartObject();
        json.WriteString("id", leaf.Leaf.Id);
        json.WriteString("address", leaf.Leaf.Address);
        json.WriteString("state", StatusVerb.StateOf(leaf));
        if (leaf.Error is not null) json.WriteString("error", leaf.Error);
        if (leaf.Stats is { } stats)
        {
            json.WriteNumber("epoch", stats.Epoch);
            json.WriteStartArray("shards");
            foreach (var shard in stats.Shards)
            {
                json.WriteStartObject();
                json.WriteNumber("shard", shard.Shard);
                json.WriteNumber("documents", shard.Documents);
                json.WriteNumber("entries", shard.Entries);
                json.WriteNumber("entryBytes", shard.EntryBytes);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            WriteCounters(json, "counters", stats.Counters);
        }

        json.WriteEndObject();
    }

    private static string HitRatio(StatsReply stats)
    {
        var hits = stats.Counters.GetValueOrDefault(HitsCounter);
        var reads = hits + stats.Counters.GetValueOrDefault(MissesCounter);
        return reads == 0 ? "-" : $"{(double)hits / reads:P1}";
    }

    private static string Escape(string text) => Markup.Escape(text);
}
