using System.Diagnostics;
using System.Globalization;
using System.Text;
using Hedgerow.Bench.Expiry;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Bench.Vectors;

/// <summary>
/// <c>bench -- vectors [COUNT [none|int8]]</c>: nearest neighbours of held-out glosses of WordNet among COUNT others
/// (100,000 by custom), by graph and by comparing all, in one index on disk that is flushed and merged as a leaf does
/// it; with floats and with codes, or one of them. Floor, with codes: of the ten nearest at least 0.95 are found, at 10
/// times the speed of comparing all floats. Writes bench/results/vectors.md.
/// </summary>
internal static class VectorsCommand
{
    private const int Queries = 1_000;
    private const int ExactQueries = 200;
    private const int K = 10;
    private const double RecallMin = 0.95;
    private const double SpeedMin = 10;
    private const long FlushBytes = 16L << 20;
    private const long MergeBytes = 512L << 20;

    private static readonly VectorOptions Standard = new() { Dims = GlossVectors.Dims };
    private static readonly int[] CandidateCounts = [50, 100, 150, 200, 300];

    /// <summary>Runs; 1 where a floor is missed.</summary>
    public static int Run(string[] arguments, TextWriter output)
    {
        var count = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 100_000;
        var vectors = GlossVectors.Read();
        if (vectors.Length < count + Queries)
            throw new ArgumentException($"{count} vectors and {Queries} queries; there are {vectors.Length} glosses.");
        var text = new StringBuilder()
            .AppendLine("# Nearest vectors (bench -- vectors)")
            .AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"""
                {ResultFile.Machine}; commit {ResultFile.CommitOf(SharedFolder.Root)}; load {ResultFile.Load}.

                {count:N0} glosses of WordNet as {GlossVectors.Dims} numbers each by random indexing (what these are,
                bench/Vectors/GlossVectors.cs says), cosine, m {Standard.M}, efConstruction {Standard.EfConstruction};
                {Queries:N0} queries, other glosses, the {K} nearest. One index on disk, one thread, its own processor
                time, no filter. `exact`: all vectors compared as floats.
                Recall: the share of the {K} nearest that are found. Build: writing, flushing and merging, of which the
                graphs are most; bytes are those of the index, JSON and all. Left: nodes of graphs whose links were
                followed, by query, which no load of the machine changes.

                | vectors | candidates | recall | left | µs | exact µs | times as fast | build s | MB | segments |
                | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
                """);
        var isMet = true;
        VectorQuantization[] forms = arguments.Length > 1
            ? [Enum.Parse<VectorQuantization>(arguments[1], ignoreCase: true)]
            : [VectorQuantization.None, VectorQuantization.Int8];
        foreach (var quantization in forms)
            isMet &= Measure(vectors, count, quantization, text) || quantization == VectorQuantization.None;
        text.AppendLine().AppendLine(
            CultureInfo.InvariantCulture,
            $"Floor, with codes and as many candidates as it takes: recall {RecallMin} at {SpeedMin} times exact's "
            + $"speed: {(isMet ? "met" : "MISSED")}.");
        output.Write(text);
        File.WriteAllText(Path.Combine(SharedFolder.Root, "bench", "results", "vectors.md"), text.ToString());
        return isMet ? 0 : 1;
    }

    private static bool Measure(float[][] vectors, int count, VectorQuantization quantization, StringBuilder text)
    {
        var folder = Path.Combine(SharedFolder.Root, "artifacts", "vectors");
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        using var directory = IndexDirectory.OnDisk(folder);
        using var index = Open(directory, quantization);
        var clock = Stopwatch.StartNew();
        Fill(index, vectors.AsSpan(0, count));
        var seconds = clock.Elapsed.TotalSeconds;
        var queries = vectors[count..(count + Queries)];
        var exact = queries.Select(query => Search(index, query, 100, isExact: true)).ToArray();
        var exactMicros = Micros(index, queries[..ExactQueries], 100, isExact: true);
        var isMet = false;
        foreach (var candidates in CandidateCounts)
        {
            var budget = SearchBudget.Unlimited();
            var found = queries.Select(query => Search(index, query, candidates, isExact: false, budget)).ToArray();
            var recall = found.Zip(exact, (a, b) => a.Intersect(b).Count()).Sum() / (double)(K * Queries);
            var micros = Micros(index, queries, candidates, isExact: false);
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {Name(quantization)} | {candidates} | {recall:F4} | {budget.Blocks / Queries} | {micros:F1} "
                + $"| {exactMicros:F0} | {exactMicros / micros:F1} | {seconds:F1} | {index.Bytes / 1e6:F0} "
                + $"| {index.SegmentCount} |");
            isMet |= recall >= RecallMin && exactMicros / micros >= SpeedMin;
        }

        return isMet;
    }

    /// <summary>Writes, flushes and merges by the limits of a leaf.</summary>
    private static void Fill(CollectionIndex index, ReadOnlySpan<float[]> vectors)
    {
        for (var i = 0; i < vectors.Length; i++)
        {
            var json = Encoding.UTF8.GetBytes($$"""{"v":"{{VectorOptions.ToBase64(vectors[i])}}"}""");
            var path = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/glosses/{i:D6}"));
            var status = index.Put(path, 1, json, out _, out var error);
            if (status != StatusCode.Ok) throw new InvalidOperationException($"{status}: {error}");
            if (i % 512 == 0 && index.UnflushedBytes > FlushBytes) FlushAndMerge(index, i + 1);
        }

        FlushAndMerge(index, vectors.Length);
    }

    private static void FlushAndMerge(CollectionIndex index, int position)
    {
        index.Flush(position);
        while (index.MergeOnce(MergeBytes, CancellationToken.None))
        {
        }
    }

    /// <summary>The mean of the best of three rounds, of the thread's own time.</summary>
    private static double Micros(CollectionIndex index, float[][] queries, int candidates, bool isExact)
    {
        var best = double.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            var began = ThreadClock.CpuNanoseconds;
            foreach (var query in queries) Search(index, query, candidates, isExact);
            best = Math.Min(best, (ThreadClock.CpuNanoseconds - began) / 1e3 / queries.Length);
        }

        return best;
    }

    private static string[] Search(
        CollectionIndex index, float[] query, int candidates, bool isExact, SearchBudget? budget = null)
    {
        var request = new SearchRequest
        {
            Collection = "glosses",
            Query = new KnnQuery("v", query, K, candidates) { Exact = isExact },
            Size = K,
            WithSource = false,
        };
        var status = index.Search(request, budget ?? SearchBudget.Unlimited(), out var reply, out var error);
        if (status != StatusCode.Ok) throw new InvalidOperationException($"{status}: {error}");
        return [.. reply!.Hits.Select(hit => hit.Path)];
    }

    private static CollectionIndex Open(IndexDirectory directory, VectorQuantization quantization)
    {
        var field = new FieldSchema
        {
            Name = "v",
            Type = FieldType.DenseVector,
            Vector = Standard with { Quantization = quantization },
        };
        var schema = new CollectionSchema { Name = "glosses", Fields = [field] };
        var options = new CollectionIndexOptions();
        return CollectionIndex.Open(directory, schema, Analyzers.Get, options, TimeProvider.System);
    }

    private static string Name(VectorQuantization quantization) =>
        quantization == VectorQuantization.None ? "floats" : "int8 codes, floats to rescore";
}
