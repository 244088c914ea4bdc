using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Traces;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Tests;

public sealed class TraceTests : IDisposable
{
    private const long Second = 1_000_000_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("loadgen-trace-").FullName;

    [Fact]
    public void Keys_of_lines_are_numbered_by_first_appearance()
    {
        var trace = Read("keys", Encoding.ASCII.GetBytes("17\n\nfoo\n17\nbar\n*\n"));
        Assert.Equal([0, 1, 0, 2], trace.Records.Select(r => r.Key));
        Assert.Equal((3, false), (trace.Keys, trace.HasTimes));
    }

    [Fact]
    public void Blocks_are_as_many_requests_as_they_say() =>
        Assert.Equal([0, 1, 2, 1, 2, 3], Read("blocks", "5 3 0 0\n6 3 0 1\n"u8.ToArray()).Records.Select(r => r.Key));

    [Fact]
    public void Numbers_are_read_big_endian()
    {
        var bytes = new byte[24];
        BinaryPrimitives.WriteInt64BigEndian(bytes, 7);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(8), -7);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(16), 7);
        Assert.Equal([0, 1, 0], Read("int64", bytes).Records.Select(r => r.Key));
    }

    [Fact]
    public void A_trace_with_times_and_sizes_keeps_them()
    {
        var bytes = new byte[24 * 3];
        (int, uint, long, uint)[] rows = [(0, 100, 9, 512), (1, 100, 8, 0), (2, 102, 9, 1)];
        foreach (var (row, second, id, size) in rows)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24 * row), second);
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan((24 * row) + 4), id);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan((24 * row) + 12), size);
        }

        var trace = Read("oracle", bytes);
        Assert.True(trace.HasTimes);
        Assert.Equal([512, 0, 1], trace.Records.Select(r => r.ValueBytes));
        Assert.Equal([0, Second / 2, 2 * Second], trace.OffsetNanos);
    }

    [Fact]
    public void A_line_of_a_csv_says_operation_and_time_to_live()
    {
        var trace = Read("csv", "1,k1,2,100,c,get,0\n1,k2,2,200,c,set,60\n2,k1,2,0,c,delete,0\n"u8.ToArray());
        Assert.Equal(
            [OperationKind.Get, OperationKind.Set, OperationKind.Delete], trace.Records.Select(r => r.Kind));
        Assert.Equal(60, trace.Records[1].TtlSeconds);
        Assert.Equal([0, 1, 0], trace.Records.Select(r => r.Key));
    }

    [Theory]
    [InlineData("blocks", "5 x 0 0")]
    [InlineData("csv", "1,k,2,100,c,get")]
    public void A_line_that_is_not_of_the_format_is_told_with_its_number(string format, string line)
    {
        var good = format == "csv" ? "1,k,2,100,c,get,0" : "1 1 0 0";
        var error = Assert.Throws<InvalidDataException>(
            () => Read(format, Encoding.ASCII.GetBytes($"{good}\n{line}\n")));
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
        Assert.Contains(line, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_trace_is_an_error() => Assert.Throws<InvalidDataException>(() => Read("keys", []));

    [Fact]
    public void A_compressed_trace_reads_as_the_plain_one()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress)) gzip.Write("1\n2\n1\n"u8);
        Assert.Equal([0, 1, 0], Read("keys", packed.ToArray(), ".gz").Records.Select(r => r.Key));
        using var compressor = new ZstdSharp.Compressor();
        var zstd = compressor.Wrap("1\n2\n1\n"u8).ToArray();
        Assert.Equal([0, 1, 0], Read("keys", zstd, ".zst").Records.Select(r => r.Key));
    }

    [Fact]
    public void Requests_of_one_second_are_spread_over_it_and_never_go_back() =>
        Assert.Equal(
            [0, Second / 4, Second / 2, 3 * Second / 4, 5 * Second, 5 * Second, 6 * Second],
            Trace.Spread([10, 10, 10, 10, 15, 14, 16]));

    [Fact]
    public void A_replay_keeps_the_times_of_the_trace_at_any_speed()
    {
        var trace = Read("csv", "1,a,1,1,c,get,0\n3,b,1,1,c,get,0\n7,c,1,1,c,get,0\n"u8.ToArray());
        Assert.Equal([0, Second, 3 * Second], Dues(new TracedRequests(trace, 2, null, 0, 1)));
        Assert.Equal([0, 6 * Second], Dues(new TracedRequests(trace, 1, null, 0, 2)));
        Assert.Equal([2 * Second], Dues(new TracedRequests(trace, 1, null, 1, 2)));
    }

    [Fact]
    public void A_replay_at_a_rate_takes_its_times_from_the_arrivals()
    {
        var trace = Read("keys", "a\nb\nc\n"u8.ToArray());
        var requests = new TracedRequests(trace, 1, new ConstantArrivals(10), 0, 1);
        Assert.Equal([Second / 10, Second / 5, 3 * Second / 10], Dues(requests));
    }

    [Fact]
    public void A_recorded_trace_of_a_disk_replays_whole()
    {
        var file = SharedData("traces/libcachesim/cloudPhysicsIO.oracleGeneral.bin.zst");
        var spec = new WorkloadSpec { Trace = new TraceSpec { File = file, Speed = 1_000 }, Values = "100" };
        var workload = WorkloadRules.Prepare(spec, 1, 0, 1, out var problem);
        Assert.Equal("", problem.Member ?? "");
        // Counts of the folder's README.
        Assert.Equal((113_872, 48_974), (workload!.Trace!.Records.Count, workload.Trace.Keys));
        Assert.True(workload.HasOwnTimes);
        var dues = Dues(workload.Stream(1, true, 0, 1));
        Assert.Equal(113_872, dues.Count);
        Assert.Equal(dues.Order(), dues);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static List<long> Dues(IRequestStream requests)
    {
        var dues = new List<long>();
        while (requests.TryNext(out var due, out _)) dues.Add(due);
        return dues;
    }

    private static string SharedData(string relative)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cache.sln"))) folder = folder.Parent;
        var file = Path.Combine(folder?.Parent?.FullName ?? "", "shared", "data", relative);
        Assert.SkipUnless(File.Exists(file), $"needs ../shared/data/{relative}");
        return file;
    }

    private Trace Read(string format, byte[] bytes, string extension = "")
    {
        var file = Path.Combine(_folder, "trace" + extension);
        File.WriteAllBytes(file, bytes);
        return Trace.Read(file, format, 1_000_000);
    }
}
