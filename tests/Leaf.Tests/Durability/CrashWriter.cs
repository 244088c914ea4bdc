using System.Globalization;
using System.Text;
using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Tests.Service;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Durability;

/// <summary>
/// The process that a crash test kills: opens the leaf, and writes and deletes documents without end.
/// </summary>
internal static class CrashWriter
{
    /// <summary>First argument of this program in that role; then come the directory and the seed.</summary>
    public const string Verb = "crash-writer";

    /// <summary>Fourth argument of one that only writes.</summary>
    public const string Plain = "plain";

    /// <summary>Of one that reindexes while it writes.</summary>
    public const string Reindexing = "reindexing";

    /// <summary>Of one whose documents have vectors, with graphs over them.</summary>
    public const string Vectors = "vectors";

    /// <summary>Of one that opens points in time while it writes, and notes their ids.</summary>
    public const string Points = "points";

    private const int Dims = 4;
    private const int PointsHeld = 30;

    private const int Paths = 60;
    private const int WritesMax = 200_000;

    public static async Task<int> Run(string[] args)
    {
        var directory = args[1];
        var seed = int.Parse(args[2], CultureInfo.InvariantCulture);
        using var notes = new FileStream(
            Path.Combine(directory, "acknowledged"), FileMode.Append, FileAccess.Write, FileShare.Read, 0);
        await using var leaf = await OpenLeaf(directory);
        var declared = await leaf.Declare(args[3] == Vectors ? WithVectors : null);
        if (declared.Status != StatusCode.Ok) throw new InvalidOperationException(declared.Text);
        var writing = Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Write(leaf, notes, seed, writer)));
        if (args[3] == Reindexing) await Reindex(leaf, (ulong)seed << 16, writing);
        if (args[3] == Points) await OpenPoints(leaf, directory, writing);
        await writing;
        return 0;
    }

    private static CollectionSchema WithVectors => LeafUnderTest.Wiki with
    {
        Fields =
        [
            .. LeafUnderTest.Wiki.Fields,
            new FieldSchema
            {
                Name = "v", Type = FieldType.DenseVector,
                Vector = new VectorOptions
                {
                    Dims = Dims, Indexed = true, Similarity = VectorSimilarity.L2Norm,
                    Quantization = VectorQuantization.Int8,
                },
            },
        ],
    };

    /// <summary>Opens points in time without end, and holds the latest.</summary>
    private static async Task OpenPoints(LeafUnderTest leaf, string directory, Task writing)
    {
        using var notes = new FileStream(
            Path.Combine(directory, "points"), FileMode.Append, FileAccess.Write, FileShare.Read, 0);
        var held = new Queue<string>();
        while (!writing.IsCompleted)
        {
            var id = (await Ask(null)).Id;
            notes.Write(Encoding.UTF8.GetBytes(id + "\n"));
            held.Enqueue(id);
            if (held.Count > PointsHeld) await Ask(held.Dequeue());
        }

        async Task<PointInTimeReply> Ask(string? id)
        {
            var answer = await leaf.Call(Opcode.PointInTime, LeafUnderTest.Encode(output => PointInTimeCodec.Write(
                output, new PointInTimeRequest { Collection = "wiki", KeepAlive = TimeSpan.FromHours(1), Id = id })));
            Demand(answer.Status == StatusCode.Ok, answer.Text);
            PointInTimeCodec.TryRead(answer.Body, out PointInTimeReply? reply, out _);
            return reply!;
        }
    }

    /// <summary>The vector of the document that has this version.</summary>
    public static float[] VectorOf(ulong version)
    {
        var random = new Random(HashCode(version));
        return [.. Enumerable.Range(0, Dims).Select(_ => random.Next(-100, 100) / 100f)];
    }

    /// <summary>As it stands in the document.</summary>
    public static string VectorText(ulong version)
    {
        var numbers = VectorOf(version).Select(number => number.ToString("0.00", CultureInfo.InvariantCulture));
        return $"[{string.Join(',', numbers)}]";
    }

    private static int HashCode(ulong version) => (int)((version * 0x9E37_79B9_7F4A_7C15) >> 33);

    /// <summary>Begins one reindex after the other, and finishes or gives up each.</summary>
    private static async Task Reindex(LeafUnderTest leaf, ulong version, Task writing)
    {
        while (!writing.IsCompleted)
        {
            await Change(CollectionChangeKind.BeginReindex, ++version);
            while (await Change(CollectionChangeKind.CheckReindex, version) == StatusCode.Unavailable)
                await Task.Yield();

            var giveUp = version % 3 == 0;
            var end = giveUp ? CollectionChangeKind.CancelReindex : CollectionChangeKind.FinishReindex;
            if (!giveUp) await Change(CollectionChangeKind.PrepareReindex, version);
            Demand(await Change(end, version) == StatusCode.Ok, $"{end} of {version}");
        }

        async Task<StatusCode> Change(CollectionChangeKind kind, ulong number)
        {
            var schema = kind == CollectionChangeKind.BeginReindex ? LeafUnderTest.Wiki : null;
            var change = new CollectionChange { Kind = kind, Name = "wiki", Schema = schema, Version = number };
            var body = LeafUnderTest.Encode(output => CollectionCodec.Write(output, change));
            return (await leaf.Call(Opcode.CollectionChange, body)).Status;
        }
    }

    /// <summary>Small limits, so that it is always flushing, trimming, merging something when it is killed.</summary>
    public static readonly DurabilityLimits Limits = new()
    {
        FlushBytes = 32 << 10, LogBytesMax = 128 << 10, LogSegmentBytes = 32 << 10, SegmentsBeforeMerge = 3,
        GraphVectorsMin = 8,
    };

    public static async Task<LeafUnderTest> OpenLeaf(string directory, DurabilityLimits? limits = null) =>
        await LeafUnderTest.Open(
            LeafUnderTest.SmallOptions with { DataDirectory = Path.Combine(directory, "data") },
            limits: limits ?? Limits);

    public static string Json(ulong version, int padding) =>
        $$"""{"title":"common v{{version}}","pad":"{{new string('p', padding)}}","v":{{VectorText(version)}}}""";

    private static async Task Write(LeafUnderTest leaf, FileStream notes, int seed, int writer)
    {
        var random = new Random((seed * 10) + writer);
        var millis = (ulong)leaf.Time.GetUtcNow().ToUnixTimeMilliseconds();
        for (var i = 0; i < WritesMax; i++)
        {
            // Each writer has its own paths, so that "the last acknowledged" is well defined.
            var path = $"/wiki/{writer}-{random.Next(Paths)}";
            var version = ((millis + ((ulong)seed * 1_000_000) + (ulong)i) << 16) + (ulong)writer;
            var isDelete = random.Next(5) == 0;
            var json = isDelete ? "" : Json(version, random.Next(400));
            if (random.Next(4) == 0)
            {
                var reply = await leaf.Bulk(LeafUnderTest.Document(path, version, json));
                Demand(reply.Accepted == 1, $"{path}: {reply.Failures}");
            }
            else
            {
                var answer = isDelete ? await leaf.Delete(path, version) : await leaf.Set(path, json, version);
                Demand(answer.Status is StatusCode.Ok or StatusCode.NotFound, $"{path}: {answer.Status} {answer.Text}");
            }

            var note = Encoding.UTF8.GetBytes($"{path} {version} {(isDelete ? "delete" : "put")}\n");
            lock (notes) notes.Write(note);
        }
    }

    private static void Demand(bool holds, string message)
    {
        if (!holds) throw new InvalidOperationException(message);
    }
}
