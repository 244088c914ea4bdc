using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Hedgerow.Leaf;
using Hedgerow.Server.Config;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Resp;
using Hedgerow.Server.FrontEnds.Sockets;
using Hedgerow.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Bench.Groups;

/// <summary>
/// <c>bench -- resp-groups [documents]</c>: FT.AGGREGATE whose groups the leaves count, beside the same by rows (a
/// FILTER that lets all pass stands before), over a cluster of four shards in this process: searches, bytes that came
/// to the front end, bytes allocated by all of the process, and time. Writes bench/results/resp-groups.md.
/// </summary>
internal static class GroupsCommand
{
    private const int Rounds = 3;

    private static readonly string[] Pipelines =
    [
        "GROUPBY 1 @city REDUCE COUNT 0 AS n",
        "GROUPBY 1 @city REDUCE SUM 1 @price AS sum REDUCE AVG 1 @price AS mean REDUCE MAX 1 @price AS most",
        "GROUPBY 2 @city @kind REDUCE COUNT_DISTINCT 1 @price AS prices",
        "GROUPBY 1 @kind REDUCE QUANTILE 2 @price 0.9 AS high",
        "GROUPBY 0 REDUCE STDDEV 1 @price AS dev",
    ];

    public static async Task<int> RunAsync(string[] args, TextWriter output)
    {
        var documents = args is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 50_000;
        var logs = NullLoggerFactory.Instance;
        var options = new LocalClusterOptions
        {
            Shards = 4, Replicas = 1, Leaf = new LeafOptions { MemoryBytes = 256 << 20 },
        };
        await using var cluster = await LocalCluster.StartAsync(options, TimeProvider.System, logs, default);
        var executor = new RouterExecutor(cluster.Router, TimeProvider.System, () => cluster.TransactionsSoFar);
        var server = new RespServer(executor, new ServerSettings(), null, TimeProvider.System, NullLogger.Instance);
        using var loops = SessionLoops.Start(1, SessionLoopKind.BestOfSystem, TimeProvider.System);
        var listening = new SessionListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Name = "resp" };
        await using var listener = SessionListener.Bind(listening, loops, TimeProvider.System, NullLogger.Instance);
        listener.Start(server);
        using var client = new TcpClient();
        await client.ConnectAsync(listener.EndPoint);
        var stream = client.GetStream();
        await FillAsync(stream, documents);
        var text = new StringBuilder().AppendLine("# Groups of FT.AGGREGATE (bench -- resp-groups)").AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"""
                {ResultFile.Machine}; commit {ResultFile.CommitOf(SharedFolder.Root)}; load {ResultFile.Load}.

                {documents:N0} hashes in four shards, 50 cities, 8 kinds, 1,000 prices; the best of {Rounds} rounds.
                Bytes are those of the searches' answers; allocated is all of the process: leaves, router, front end.

                | pipeline | counted by | searches | bytes | allocated bytes | ms | bytes, rows / leaves | allocated |
                | --- | --- | --- | --- | --- | --- | --- | --- |
                """);
        foreach (var pipeline in Pipelines)
        {
            var byLeaves = await MeasureAsync(stream, pipeline);
            var byRows = await MeasureAsync(stream, "FILTER 1 " + pipeline);
            if (byLeaves.By != "leaves" || byRows.By != "rows")
                throw new InvalidOperationException($"'{pipeline}' was counted by {byLeaves.By} and by {byRows.By}.");
            Row(text, pipeline, byLeaves, "", "");
            Row(text, "", byRows, Ratio(byRows.Bytes, byLeaves.Bytes), Ratio(byRows.Allocated, byLeaves.Allocated));
        }

        output.Write(text);
        File.WriteAllText(Path.Combine(SharedFolder.Root, "bench", "results", "resp-groups.md"), text.ToString());
        return 0;
    }

    private static async Task FillAsync(NetworkStream stream, int documents)
    {
        await stream.WriteAsync("FT.CREATE s PREFIX 1 s: SCHEMA city TAG SORTABLE kind TAG SORTABLE price NUMERIC\r\n"u8
            .ToArray());
        await ReadAsync(stream, "+OK\r\n");
        var random = new Random(1);
        for (var at = 0; at < documents; at += 500)
        {
            var lines = new StringBuilder();
            for (var i = at; i < at + 500; i++)
            {
                lines.Append(CultureInfo.InvariantCulture,
                    $"HSET s:{i} city city{random.Next(50)} kind kind{random.Next(8)} price {random.Next(1_000)}\r\n");
            }

            await stream.WriteAsync(Encoding.ASCII.GetBytes(lines.ToString()));
            await ReadAsync(stream, string.Concat(Enumerable.Repeat(":3\r\n", 500)));
        }
    }

    private static async Task<Measured> MeasureAsync(NetworkStream stream, string steps)
    {
        var best = new Measured("", 0, 0, long.MaxValue, double.MaxValue);
        for (var round = 0; round <= Rounds; round++)
        {
            var before = GC.GetTotalAllocatedBytes();
            var began = Stopwatch.GetTimestamp();
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"FT.PROFILE s AGGREGATE QUERY * {steps}\r\n"));
            var answer = await ReadAsync(stream, "leaves\r\n", "rows\r\n");
            var allocated = GC.GetTotalAllocatedBytes() - before;
            var time = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            if (round == 0) continue;
            best = new Measured(
                answer.EndsWith("leaves\r\n", StringComparison.Ordinal) ? "leaves" : "rows",
                Number(answer, "Searches"), Number(answer, "Bytes received"), Math.Min(best.Allocated, allocated),
                Math.Min(best.Milliseconds, time));
        }

        return best;
    }

    // To the end of an answer that is known by how it ends.
    private static async Task<string> ReadAsync(NetworkStream stream, params string[] ends)
    {
        var read = new StringBuilder();
        var buffer = new byte[64 * 1024];
        while (!ends.Any(IsEnd))
        {
            var length = await stream.ReadAsync(buffer);
            if (length == 0) throw new EndOfStreamException();
            read.Append(Encoding.Latin1.GetString(buffer, 0, length));
        }

        return read.ToString();

        bool IsEnd(string end) =>
            read.Length >= end.Length && read.ToString(read.Length - end.Length, end.Length) == end;
    }

    private static long Number(string answer, string name)
    {
        var begin = answer.LastIndexOf(name + "\r\n:", StringComparison.Ordinal) + name.Length + 3;
        return long.Parse(answer.AsSpan(begin, answer.IndexOf('\r', begin) - begin), CultureInfo.InvariantCulture);
    }

    private static void Row(StringBuilder text, string pipeline, Measured one, string bytes, string allocated) =>
        text.AppendLine(CultureInfo.InvariantCulture,
            $"| {pipeline} | {one.By} | {one.Searches} | {one.Bytes:N0} | {one.Allocated:N0} | "
            + $"{one.Milliseconds:0.0} | {bytes} | {allocated} |");

    private static string Ratio(long a, long b) =>
        ((double)a / b).ToString("0.0", CultureInfo.InvariantCulture) + " x";

    private sealed record Measured(string By, long Searches, long Bytes, long Allocated, double Milliseconds);
}
