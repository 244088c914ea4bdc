using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Tests.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Vectors;

/// <summary>What may be declared, stored and asked, and what is refused by which words.</summary>
public sealed class VectorFieldTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("[1,2]", "has 2 numbers; 3 are due")]
    [InlineData("[1,2,3,4]", "has more than 3 numbers; 3 are due")]
    [InlineData("[]", "has 0 numbers; 3 are due")]
    [InlineData("[0,0,0]", "is all zeros, which has no direction for a cosine")]
    [InlineData("[0,-0.0,1e-60]", "is all zeros")]
    [InlineData("[1,2,1e39]", "has Infinity at 2; all have to be finite")]
    [InlineData("[1,2,\"3\"]", "has at 2 what is no number; it has to be a list of numbers, or base64")]
    [InlineData("[1,2,null]", "has at 2 what is no number")]
    [InlineData("[[1,2,3]]", "has at 0 what is no number")]
    [InlineData("[[1,2,3],[1,2,3]]", "has at 0 what is no number")]
    [InlineData("[1e15,1e15,1]", "is 1.41e+15 long; at most 1e+15 is allowed")]
    [InlineData("1", "is no vector; it has to be a list of numbers, or base64 of little-endian floats")]
    [InlineData("true", "is no vector")]
    [InlineData("{\"a\":1}", "is no vector")]
    [InlineData("\"x\"", "is a string that is no base64")]
    [InlineData("\"AACAPw==\"", "has 4 bytes in base64; 12 are due")]
    [InlineData("\"AAAAAAAAAAAAAAAA\"", "is all zeros")]
    [InlineData("\"AADAfwAAAAAAAAAA\"", "has NaN at 0; all have to be finite")]
    public void What_is_no_vector_of_the_field_is_refused_with_what_is_wrong(string json, string problem)
    {
        using var directory = IndexDirectory.InMemory();
        using var harness = new VectorHarness(directory, new VectorOptions { Dims = 3 });
        var document = Corpus.Utf8($$"""{"v":{{json}}}""");
        Assert.Equal(StatusCode.BadDocument, harness.Index.Validate("/docs/a"u8, document, out var error));
        Assert.Contains("the vector of field 'v' " + problem, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_has_one_vector_at_most_and_may_have_none()
    {
        using var directory = IndexDirectory.InMemory();
        using var harness = new VectorHarness(directory, new VectorOptions { Dims = 1 });
        Assert.Equal(StatusCode.BadDocument, Check("""{"v":[1],"v":[2]}""", out var error));
        Assert.Contains("field 'v' has a second vector; a document has one at most", error, StringComparison.Ordinal);
        Assert.Equal(StatusCode.Ok, Check("""{"v":null,"v":[2]}""", out _));
        Assert.Equal(StatusCode.Ok, Check("{}", out _));

        StatusCode Check(string json, out string? problem) =>
            harness.Index.Validate("/docs/a"u8, Corpus.Utf8(json), out problem);
    }

    [Fact]
    public void Under_dot_product_vectors_have_to_be_one_long()
    {
        using var directory = IndexDirectory.InMemory();
        var options = new VectorOptions { Dims = 2, Similarity = VectorSimilarity.DotProduct };
        using var harness = new VectorHarness(directory, options);
        Assert.Equal(StatusCode.Ok, harness.Index.Validate("/docs/a"u8, """{"v":[0.6,0.8]}"""u8, out _));
        Assert.Equal(StatusCode.BadDocument, harness.Index.Validate("/docs/a"u8, """{"v":[3,4]}"""u8, out var error));
        Assert.Contains("is 5 long; under dot_product it has to be 1 long", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_source_stays_as_it_was_sent()
    {
        using var directory = IndexDirectory.InMemory();
        using var harness = new VectorHarness(directory, new VectorOptions { Dims = 2 });
        var json = Corpus.Utf8("""{ "v" : [3.0, 4e0], "other":1 }""");
        harness.Index.Put("/docs/a"u8, 1, json, out _, out _);
        harness.Flush();
        var read = new System.Buffers.ArrayBufferWriter<byte>();
        Assert.True(harness.Index.TryGet("/docs/a"u8, read, out _));
        Assert.Equal(json, read.WrittenSpan.ToArray());
    }

    public static TheoryData<VectorOptions?, string> WrongOptions => new()
    {
        { null, "does not say its dims" },
        { new VectorOptions { Dims = 0 }, "dims 0 is not allowed; 1 to 4096 are" },
        { new VectorOptions { Dims = 4_097 }, "dims 4097 is not allowed; 1 to 4096 are" },
        { new VectorOptions { Dims = 1, M = 1 }, "m 1 is not allowed; 2 to 128 are" },
        { new VectorOptions { Dims = 1, M = 129 }, "m 129 is not allowed; 2 to 128 are" },
        {
            new VectorOptions { Dims = 1, M = 16, EfConstruction = 15 },
            "efConstruction 15 is not allowed; 16 to 1000 are"
        },
        { new VectorOptions { Dims = 1, Similarity = (VectorSimilarity)9 }, "unknown similarity 9" },
        { new VectorOptions { Dims = 1, Quantization = (VectorQuantization)9 }, "unknown quantization 9" },
    };

    [Theory]
    [MemberData(nameof(WrongOptions))]
    public void What_cannot_be_declared_is_refused_by_its_limit(VectorOptions? options, string problem)
    {
        var field = new FieldSchema { Name = "v", Type = FieldType.DenseVector, Vector = options };
        var schema = new CollectionSchema { Name = "docs", Fields = [field] };
        Assert.Contains(problem, SchemaRules.Problem(schema), StringComparison.Ordinal);
    }

    [Fact]
    public void The_options_of_a_field_are_of_a_vector_and_do_not_change()
    {
        var one = new FieldSchema { Name = "v", Type = FieldType.DenseVector, Vector = new VectorOptions { Dims = 4 } };
        var schema = new CollectionSchema { Name = "docs", Fields = [one] };
        Assert.Null(SchemaRules.Problem(schema));
        var other = schema with
        {
            Fields = [one with { Vector = one.Vector! with { Similarity = VectorSimilarity.L2Norm } }],
        };
        Assert.Equal(StatusCode.SchemaConflict, SchemaRules.Merge(schema, other, out _, out _));
        Assert.Equal(StatusCode.Ok, SchemaRules.Merge(schema, schema, out _, out _));
        var text = schema with { Fields = [one with { Type = FieldType.Text }] };
        Assert.Contains("is no vector and has what only vectors have", SchemaRules.Problem(text));
    }

    [Fact]
    public void What_graphs_are_built_by_stays_as_it_was_however_a_field_is_declared_again()
    {
        var old = new FieldSchema
        {
            Name = "v", Type = FieldType.DenseVector,
            Vector = new VectorOptions { Dims = 4, M = 16, EfConstruction = 100 },
        };
        var stored = new CollectionSchema { Name = "docs", Fields = [old] };
        var again = stored with { Fields = [old with { Vector = new VectorOptions { Dims = 4 } }] };
        Assert.Null(CollectionFields.Conflict(stored, again));
        Assert.Null(CollectionFields.Conflict(again, stored));
        Assert.Equal(StatusCode.Ok, SchemaRules.Merge(stored, again, out var merged, out _));
        Assert.Same(stored, merged);
        var more = new FieldSchema { Name = "w", Type = FieldType.Number };
        var grown = again with { Fields = [.. again.Fields, more] };
        Assert.Equal(StatusCode.Ok, SchemaRules.Merge(stored, grown, out merged, out _));
        Assert.Equal([old, more], merged.Fields);
        var wider = stored with { Fields = [old with { Vector = new VectorOptions { Dims = 5 } }] };
        Assert.Equal(StatusCode.SchemaConflict, SchemaRules.Merge(stored, wider, out _, out _));
    }

    [Theory]
    [InlineData(20, 20)]
    [InlineData(2, 2)]
    [InlineData(24, 24)]
    [InlineData(1_000, 24)]
    public void Links_that_are_not_told_are_no_more_than_the_candidates_for_them(int candidates, int links)
    {
        var options = new VectorOptions { Dims = 4, EfConstruction = candidates };
        Assert.Equal(links, options.M);
        Assert.Equal(options with { M = links }, options);
        Assert.Equal((options with { M = links }).GetHashCode(), options.GetHashCode());
        var field = new FieldSchema { Name = "v", Type = FieldType.DenseVector, Vector = options };
        Assert.Null(SchemaRules.Problem(new CollectionSchema { Name = "docs", Fields = [field] }));
    }

    public static TheoryData<QueryNode, string> WrongQueries => new()
    {
        { Knn(k: 0), "a k of 0 is not allowed; 1 to 10000 are" },
        { Knn(k: 10_001), "a k of 10001 is not allowed; 1 to 10000 are" },
        { Knn(k: 10, candidates: 9), "9 candidates are not allowed; k = 10 to 10000 are" },
        { Knn(k: 10, candidates: 10_001), "10001 candidates are not allowed" },
        { Knn(dims: 2), "the query's vector for field 'v' has 2 numbers; 3 are due" },
        { new KnnQuery("v", new[] { 1, float.NaN, 1 }, 1), "has NaN at 1; all have to be finite" },
        { new KnnQuery("v", new float[3], 1), "is all zeros" },
        { new KnnQuery("tag", new float[3], 1), "field 'tag' is of type Keyword, which this query cannot search" },
        { new KnnQuery("none", new float[3], 1), "there is no field 'none'" },
        { Knn() with { Filter = Knn() }, "the filter of a knn query has another one within" },
        { Knn() with { Similarity = double.NaN }, "has a threshold that is not finite" },
        { new BooleanQuery([], [.. Enumerable.Range(0, 17).Select(_ => Knn())], [], []), "more than 16 knn queries" },
        { new TermQuery("v", "1"), "field 'v' is of type DenseVector, which this query cannot search" },
        { new RangeQuery("v", "1", null, true, true), "field 'v' is of type DenseVector" },
    };

    [Theory]
    [MemberData(nameof(WrongQueries))]
    public void What_cannot_be_asked_is_refused_with_what_can(QueryNode query, string problem)
    {
        using var directory = IndexDirectory.InMemory();
        using var harness = new VectorHarness(directory, new VectorOptions { Dims = 3 });
        var request = new SearchRequest { Collection = "docs", Query = query };
        Assert.Equal(StatusCode.BadQuery, harness.TrySearch(request, out _, out var error));
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Hits_are_not_ordered_by_vectors_but_may_have_to_have_one()
    {
        using var directory = IndexDirectory.InMemory();
        using var harness = new VectorHarness(directory, new VectorOptions { Dims = 1 });
        harness.Put("/docs/a", [1], "x");
        harness.Put("/docs/b", null, "x");
        harness.Index.Refresh();
        Assert.Equal([("/docs/a", 1f)], harness.Search(new ExistsQuery("v"), 10));
        SortKey[] keys = [new SortKey("v", true)];
        var sorted = new SearchRequest { Collection = "docs", Query = new MatchAllQuery(), Sort = keys };
        Assert.Equal(StatusCode.BadQuery, harness.TrySearch(sorted, out _, out var error));
        Assert.Contains("hits cannot be ordered by 'v'", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_leaf_does_not_join_ranks()
    {
        using var directory = IndexDirectory.InMemory();
        using var harness = new VectorHarness(directory, new VectorOptions { Dims = 1 });
        var request = new SearchRequest
        {
            Collection = "docs", Query = new MatchAllQuery(), Rank = new RankFusion([new MatchAllQuery()]),
        };
        Assert.Equal(StatusCode.BadRequest, harness.TrySearch(request, out _, out var error));
        Assert.Contains("joined by a router", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_segment_with_vectors_that_is_cut_off_or_changed_anywhere_is_noticed()
    {
        Fill();
        var file = Directory.GetFiles(_temporary.Path, "segment-*").Single();
        var bytes = File.ReadAllBytes(file);
        var random = new Random(4);
        for (var length = 0; length < bytes.Length; length += length < 64 || length > bytes.Length - 64 ? 1 : 41)
        {
            File.WriteAllBytes(file, bytes[..length]);
            Assert.Throws<IndexCorruptException>(Fill);
        }

        for (var i = 0; i < 200; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, damaged);
            Assert.Throws<IndexCorruptException>(Fill);
        }

        File.WriteAllBytes(file, bytes);
        Fill();
    }

    /// <summary>Opens, and flushes some documents where there are none yet.</summary>
    private void Fill()
    {
        using var directory = IndexDirectory.OnDisk(_temporary.Path);
        var options = new VectorOptions { Dims = 5, Quantization = VectorQuantization.Int8, M = 3, EfConstruction = 8 };
        using var harness = new VectorHarness(directory, options, graphFrom: 10);
        if (harness.Index.CommittedPosition > 0) return;
        var random = new Random(1);
        for (var i = 0; i < 25; i++)
            harness.Put(VectorHarness.PathOf(i), i == 7 ? null : VectorHarness.Random(random, options), "x");
        harness.Flush();
    }

    private static KnnQuery Knn(int k = 1, int candidates = 10_000, int dims = 3)
    {
        var vector = new float[dims];
        vector[0] = 1;
        return new KnnQuery("v", vector, k, candidates);
    }
}
