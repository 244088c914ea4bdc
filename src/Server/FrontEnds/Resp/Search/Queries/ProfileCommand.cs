using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>FT.PROFILE: an answer of FT.SEARCH or FT.AGGREGATE and where its time went.</summary>
internal static class ProfileCommand
{
    /// <summary>FT.PROFILE index SEARCH|AGGREGATE [LIMITED] QUERY query [options].</summary>
    public static async ValueTask Run(RespCall call)
    {
        var time = call.Client.Server.Time;
        var began = time.GetTimestamp();
        var arguments = new ArgumentReader(call);
        var name = arguments.Text("index");
        var isSearch = arguments.TryWord("SEARCH");
        if (!isSearch && !arguments.TryWord("AGGREGATE"))
            arguments.Fail("No `SEARCH` or `AGGREGATE` provided");
        arguments.TryWord("LIMITED");
        if (!arguments.TryWord("QUERY")) arguments.Fail("The QUERY keyword is expected");
        if (arguments.Error is { } error) call.Reply.Error(error);
        else if (isSearch) await SearchAsync(call, arguments, name, began);
        else await AggregateAsync(call, arguments, name, began);
    }

    private static async ValueTask SearchAsync(RespCall call, ArgumentReader arguments, string name, long began)
    {
        var time = call.Client.Server.Time;
        if (await FindCommand.PrepareAsync(call, arguments, name) is not { } run) return;
        var parsed = time.GetElapsedTime(began);
        var tally = new SearchTally();
        var request = run.Request with { Profile = true };
        if (await FindCommand.RunAsync(call, run.Index, request, run.Options.TimeoutMs, tally) is not { } found) return;
        Begin(call.Reply);
        new FoundReply(call.Reply, run.Index, run.Options, run.Nearest).Write(found);
        Middle(call.Reply);
        call.Reply.MapHead(5);
        WriteTimes(call, began, parsed);
        WriteTally(call.Reply, tally);
        call.Reply.Bulk("Shards"u8);
        WriteShards(call.Reply, found.Profile);
    }

    private static async ValueTask AggregateAsync(RespCall call, ArgumentReader arguments, string name, long began)
    {
        var time = call.Client.Server.Time;
        if (await AggregateCommand.PrepareAsync(call, arguments, name) is not { } run) return;
        var parsed = time.GetElapsedTime(began);
        var isAnswered = await AggregateCommand.RunAsync(call, run, () => Begin(call.Reply));
        if (!isAnswered) return;
        Middle(call.Reply);
        call.Reply.MapHead(5);
        WriteTimes(call, began, parsed);
        WriteTally(call.Reply, run.Tally);
        call.Reply.Bulk("Groups counted by"u8);
        call.Reply.Bulk(run.Tally.IsByLeaves ? "leaves"u8 : "rows"u8);
    }

    private static void Begin(RespReply reply)
    {
        if (!reply.IsResp3)
        {
            reply.ArrayHead(2);
            return;
        }

        reply.MapHead(2);
        reply.Bulk("Results"u8);
    }

    private static void Middle(RespReply reply)
    {
        if (reply.IsResp3) reply.Bulk("Profile"u8);
    }

    private static void WriteTimes(RespCall call, long began, TimeSpan parsed)
    {
        Pair(call.Reply, "Total profile time"u8, call.Client.Server.Time.GetElapsedTime(began));
        Pair(call.Reply, "Parsing time"u8, parsed);
    }

    private static void WriteTally(RespReply reply, SearchTally tally)
    {
        reply.Bulk("Searches"u8);
        reply.Integer(tally.Searches);
        reply.Bulk("Bytes received"u8);
        reply.Integer(tally.Bytes);
    }

    private static void WriteShards(RespReply reply, SearchProfile? profile)
    {
        var shards = profile?.Shards ?? [];
        reply.ArrayHead(shards.Count);
        foreach (var shard in shards)
        {
            reply.MapHead(4);
            reply.Bulk("Shard"u8);
            reply.Integer(shard.Shard);
            reply.Bulk("Segments"u8);
            reply.Integer(shard.Segments);
            reply.Bulk("Blocks"u8);
            reply.Integer(shard.Blocks);
            reply.Bulk("Phases"u8);
            reply.MapHead(shard.Phases.Count);
            foreach (var phase in shard.Phases)
            {
                reply.Bulk(phase.Name);
                reply.Bulk(Milliseconds(phase.Micros / 1_000.0));
            }
        }
    }

    private static void Pair(RespReply reply, ReadOnlySpan<byte> name, TimeSpan time)
    {
        reply.Bulk(name);
        reply.Bulk(Milliseconds(time.TotalMilliseconds));
    }

    private static string Milliseconds(double time) => time.ToString("0.###", CultureInfo.InvariantCulture);
}

/// <summary>What the searches of one command came to. One thread.</summary>
internal sealed class SearchTally
{
    /// <summary>Searches sent.</summary>
    public int Searches { get; private set; }

    /// <summary>Bytes of their answers.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether the leaves counted the groups of an aggregation.</summary>
    public bool IsByLeaves { get; set; }

    /// <summary>Counts an answer.</summary>
    public void Add(long bytes)
    {
        Searches++;
        Bytes += bytes;
    }
}
