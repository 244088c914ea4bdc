using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Bench.Aggregations;

/// <summary>
/// <c>bench -- aggregations</c>: facets and numbers over the synsets of WordNet in one segment, on one thread; facets
/// beside Lucene.NET's in the same run, in turns, the best of some rounds of each. Writes
/// bench/results/aggregations.md.
/// </summary>
internal static class AggregationsCommand
{
    private const int Rounds = 30;

    private static readonly string?[] Words = [null, "of", "plant"];

    public static int Run(TextWriter output)
    {
        var synsets = Synset.Read();
        using var directory = IndexDirectory.InMemory();
        using var index = Fill(directory, synsets);
        using var files = new LuceneFacets(synsets, synset => [synset.File]);
        using var lemmas = new LuceneFacets(synsets, synset => synset.Lemmas);
        var text = new StringBuilder()
            .AppendLine("# Aggregations (bench -- aggregations)").AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"""
                {ResultFile.Machine}; commit {ResultFile.CommitOf(SharedFolder.Root)}; load {ResultFile.Load}.

                {synsets.Length:N0} synsets of WordNet, one segment, one thread, size 0; microseconds, the best of
                {Rounds} rounds. Ours includes writing the part for the router (the 25 best of a shard); Lucene.NET's is
                a collector over sorted-set doc values and the ten best. Values and counts of both are the same, or the
                run ends.

                | aggregation | word | matches | ours µs | Lucene.NET µs | ours / Lucene.NET |
                | --- | --- | --- | --- | --- | --- |
                """);
        Warm(index, files, lemmas);
        foreach (var word in Words)
        {
            Row(text, index, word, "terms of 45 values", Terms("file"), files);
            Row(text, index, word, "terms of many values, several each", Terms("lemmas"), lemmas);
            foreach (var (name, aggregation) in Others()) Row(text, index, word, name, aggregation, null);
        }

        output.Write(text);
        File.WriteAllText(
            Path.Combine(SharedFolder.Root, "bench", "results", "aggregations.md"), text.ToString());
        return 0;
    }

    private static IEnumerable<(string Name, Aggregation Aggregation)> Others() =>
    [
        ("histogram", new HistogramAggregation { Name = "a", Field = "words", Interval = 2 }),
        ("percentiles", new PercentilesAggregation { Name = "a", Field = "weight" }),
        ("cardinality of many values", new CardinalityAggregation { Name = "a", Field = "lemmas" }),
        ("sum of fractions", Metric("weight")),
        ("terms, sum within", Terms("file") with { Within = [Metric("words")] }),
    ];

    /// <summary>Some rounds of everything, so that what is measured is compiled for good.</summary>
    private static void Warm(CollectionIndex index, params LuceneFacets[] peers)
    {
        var discarded = new StringBuilder();
        foreach (var (name, aggregation) in Others()) Row(discarded, index, "of", name, aggregation, null);
        foreach (var peer in peers)
            for (var round = 0; round < Rounds; round++) peer.Top(null);
        for (var round = 0; round < 2; round++)
        {
            Row(discarded, index, null, "", Terms("file"), null);
            Row(discarded, index, null, "", Terms("lemmas"), null);
        }
    }

    private static TermsAggregation Terms(string field) => new() { Name = "a", Field = field };

    private static MetricAggregation Metric(string field) =>
        new() { Name = "m", Kind = MetricKind.Sum, Field = field };

    private static void Row(
        StringBuilder text, CollectionIndex index, string? word, string name, Aggregation aggregation,
        LuceneFacets? peer)
    {
        var request = new SearchRequest
        {
            Collection = "words",
            Query = word is null ? new MatchAllQuery() : new TermQuery("text", word),
            Size = 0,
            Aggregations = [aggregation],
        };
        var matches = Search(index, request).Total;
        if (peer is not null) Compare(Search(index, request), peer.Top(word));
        double ours = double.MaxValue, theirs = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            ours = Math.Min(ours, Micros(() => Search(index, request)));
            if (peer is not null) theirs = Math.Min(theirs, Micros(() => peer.Top(word)));
        }

        var compared = peer is null
            ? "|  |"
            : string.Create(CultureInfo.InvariantCulture, $"{theirs:N0} | {ours / theirs:F2} |");
        text.AppendLine(
            CultureInfo.InvariantCulture, $"| {name} | {word ?? "all"} | {matches:N0} | {ours:N0} | {compared}");
    }

    private static void Compare(SearchReply reply, (string Value, long Count)[] expected)
    {
        AggregationPartCodec.TryRead(reply.AggregationParts, out var parts, out _);
        var ours = ((BucketsPart)parts![0]).Buckets.ToDictionary(bucket => bucket.Key.Text!, bucket => bucket.Count);
        if (expected.Any(row => ours.GetValueOrDefault(row.Value) != row.Count))
            throw new InvalidDataException("the counts of both differ");
    }

    private static double Micros<T>(Func<T> work)
    {
        var clock = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(clock).TotalMicroseconds;
    }

    private static SearchReply Search(CollectionIndex index, SearchRequest request)
    {
        var status = index.Search(request, SearchBudget.Unlimited(), out var reply, out var error);
        return status == StatusCode.Ok ? reply! : throw new InvalidOperationException($"{status}: {error}");
    }

    private static CollectionIndex Fill(IndexDirectory directory, Synset[] synsets)
    {
        var schema = new CollectionSchema
        {
            Name = "words",
            Fields =
            [
                new FieldSchema { Name = "text", Type = FieldType.Text, Analyzer = "whitespace" },
                new FieldSchema { Name = "file", Type = FieldType.Keyword },
                new FieldSchema { Name = "lemmas", Type = FieldType.Keyword },
                new FieldSchema { Name = "words", Type = FieldType.Integer },
                new FieldSchema { Name = "weight", Type = FieldType.Number },
            ],
        };
        var options = new CollectionIndexOptions { BufferBytesMax = 512 << 20 };
        var index = CollectionIndex.Open(directory, schema, Analyzers.Get, options, TimeProvider.System);
        for (var i = 0; i < synsets.Length; i++)
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
            {
                ["text"] = synsets[i].Definition,
                ["file"] = synsets[i].File,
                ["lemmas"] = synsets[i].Lemmas,
                ["words"] = synsets[i].Words,
                ["weight"] = synsets[i].Weight,
            });
            var path = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/words/{i:D9}"));
            var status = index.Put(path, 1, json, out _, out var error);
            if (status != StatusCode.Ok) throw new InvalidOperationException($"{status}: {error}");
        }

        index.Flush(1);
        return index;
    }
}
