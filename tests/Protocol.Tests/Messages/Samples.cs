using System.Text;

namespace Hedgerow.Protocol.Tests;

/// <summary>
/// One filled-in message of every kind that travels; and one as empty as it can be where that differs.
/// </summary>
internal static class Samples
{
    private static readonly ReadOnlyMemory<byte> Json = Encoding.UTF8.GetBytes("""{"title":"Hedge"}""");

    public static TermStatistics Statistics { get; } = new()
    {
        Documents = 36_183,
        Fields = [new FieldStatistics("title", 36_000, 90_000), new FieldStatistics("text", 36_183, 20_000_000)],
        Terms = [new TermFrequency("title", "hedg", 12), new TermFrequency("text", "grün", 70_000)],
    };

    public static CollectionSchema Schema { get; } = new()
    {
        Name = "wiki",
        Fields =
        [
            new FieldSchema { Name = "title", Type = FieldType.Text, Analyzer = "english", StopWords = true },
            new FieldSchema { Name = "tag", Type = FieldType.Keyword },
            new FieldSchema { Name = "year", Type = FieldType.Number },
            new FieldSchema { Name = "seen", Type = FieldType.Date },
        ],
    };

    public static QueryNode EveryNode { get; } = new BooleanQuery(
        [new MatchQuery("title", "hedge rows", AllWords: true), new MatchAllQuery { Boost = 2.5f }],
        [new TermQuery("tag", "plants"), new PhraseQuery("text", "quick brown fox", Slop: 2)],
        [new PrefixQuery("title", "he"), new RangeQuery("year", null, "1999", IncludeFrom: false, IncludeTo: true)],
        [new QueryStringQuery("+a -b \"c d\"", ["title", "text"], AllWords: false)]) { Boost = 0.5f };

    public static QueryNode LaterNodes { get; } = new BooleanQuery(
        [new WildcardQuery("title", "ca?he*"), new RegexpQuery("tag", "(a|b)+c{2,3}") { Boost = 3 }],
        [new FuzzyQuery("title", "hegde", FuzzyQuery.AutoEdits, 1), new FuzzyQuery("tag", "rwo", 2, 0)],
        [new ExistsQuery("seen"), new PathsQuery(["/wiki/Hedge", "/wiki/Grün"])],
        [new ConstantScoreQuery(new TermQuery("tag", "plants")) { Boost = 2 }]) { MinimumShouldMatch = 2 };

    public static IReadOnlyList<Sample> All { get; } =
        [
            .. Hello(), .. Search(), .. LaterSearch(), .. Documents(), .. Admin(), .. LaterSchemas(),
            .. FieldsOfShards(),
            .. CommandSamples.All,
            .. OperationSamples.All, .. VectorSamples.All, .. PagingSamples.All, .. TextQuerySamples.All(),
            .. SuggestSamples.All, .. ValueSamples.All, .. AggregationSamples.All, .. AnalysisSamples.All,
            .. RepairSamples.All,
        ];

    public static Sample Named(string name) => All.Single(sample => sample.Name == name);

    private static IEnumerable<Sample> Hello()
    {
        yield return Sample.Of("hello-request", new HelloRequest(), HelloCodec.Write, HelloCodec.TryRead);
        yield return Sample.Of(
            "hello-request-full",
            new HelloRequest { Features = ProtocolFeatures.Router, Name = "router-1", Token = "secret", Epoch = 7 },
            HelloCodec.Write,
            HelloCodec.TryRead);
        var reply = new HelloReply
        {
            Features = ProtocolFeatures.Leaf | ProtocolFeatures.Faults, Name = "leaf-1", Epoch = uint.MaxValue,
        };
        yield return Sample.Of("hello-reply", reply, HelloCodec.Write, HelloCodec.TryRead);
    }

    private static IEnumerable<Sample> Search()
    {
        var least = new SearchRequest { Collection = "wiki", Query = new MatchAllQuery() };
        yield return Sample.Of("search-request", least, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        var most = new SearchRequest
        {
            Collection = "wiki",
            Query = EveryNode,
            Size = 20,
            From = 100,
            WithSource = false,
            SourceFields = ["title"],
            HighlightFields = ["text", "title"],
            ExactTotal = false,
            AllowPartial = false,
            Statistics = Statistics,
        };
        yield return Sample.Of("search-request-full", most, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        var reply = new SearchReply
        {
            Total = 12_345_678_901,
            TotalIsExact = false,
            Hits =
            [
                new SearchHit
                {
                    Path = "/wiki/Hedge",
                    Score = 12.5f,
                    Version = 1_722_000_000_000UL << 16,
                    Source = Json,
                    Highlights = [new Highlight("text", "a <em>hedge</em> is")],
                },
                new SearchHit { Path = "/wiki/Grün", Score = 0, Version = 1 },
            ],
            Coverage = new Coverage(4, 3, 1_000, 750),
        };
        yield return Sample.Of("search-reply", reply, SearchCodec.Write, SearchCodec.TryRead).WithoutLaterFields();
        yield return Sample.Of("term-statistics", Statistics, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
    }

    /// <summary>The same with what came later.</summary>
    private static IEnumerable<Sample> LaterSearch()
    {
        var reply = new SearchReply
        {
            Total = 12_345_678_901, TotalIsExact = false, Hits = [], Coverage = new Coverage(4, 3, 1_000, 750),
        };
        var sorted = Sorted;
        yield return Sample.Of("search-request-sorted", sorted, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        var reporting = sorted with { ReportStatistics = true };
        yield return Sample.Of("search-request-reporting", reporting, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        var telling = sorted with { Explain = true, Profile = true };
        yield return Sample.Of("search-request-telling", telling, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        var bounded = sorted with { CoverageMin = 0.75 };
        yield return Sample.Of("search-request-bounded", bounded, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        var found = reply with
        {
            Hits =
            [
                new SearchHit
                {
                    Path = "/wiki/Hedge",
                    Score = 1,
                    Version = 2,
                    SortValues =
                    [
                        SortValue.Of(long.MinValue), SortValue.Of(-0.5), SortValue.Of("grün"), default,
                    ],
                },
            ],
        };
        yield return Sample.Of("search-reply-sorted", found, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        var counted = found with { Statistics = Statistics };
        yield return Sample.Of("search-reply-counted", counted, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        var told = reply with
        {
            Hits = [.. found.Hits.Select(hit => hit with { Explanation = Explained })],
            Profile = new SearchProfile(
                [new SearchPhase("search", 1_200), new SearchPhase("merge", 30)],
                [new ShardProfile(3, 2, 77, [new SearchPhase("queued", 5)])]),
        };
        yield return Sample.Of("search-reply-told", told, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
    }

    /// <summary>A search with the fields that came first of those that came later.</summary>
    internal static SearchRequest Sorted => new()
    {
        Collection = "wiki",
        Query = LaterNodes,
        Sort = [new SortKey("year", true, MissingFirst: true), new SortKey(SortKey.Score, true)],
        SourceExcludes = ["text", "meta.*"],
        TotalUpTo = 1_000,
    };

    private static Explanation Explained { get; } =
        new(1.5f, "sum", [new Explanation(1, "BM25 of body:grün", []), new Explanation(0.5f, "boost", [])]);

    private static IEnumerable<Sample> Documents()
    {
        BulkDocument[] documents = [new("/wiki/A", 9, Json), new("/wiki/B", ulong.MaxValue, default)];
        var request = new BulkRequest { Collection = "wiki", Documents = documents };
        yield return Sample.Of("bulk-request", request, BulkCodec.Write, BulkCodec.TryRead);
        var reply = new BulkReply
        {
            Accepted = 41, Failures = [new BulkFailure(3, StatusCode.BadDocument, "title: a string is due.")],
        };
        yield return Sample.Of("bulk-reply", reply, BulkCodec.Write, BulkCodec.TryRead);
        var scan = new ScanRequest { Collection = "wiki", After = "/wiki/A", Limit = 250 };
        yield return Sample.Of("scan-request", scan, ScanCodec.Write, ScanCodec.TryRead)
            .WithoutLaterFields();
        var page = new ScanReply { Documents = documents, More = true };
        yield return Sample.Of("scan-reply", page, ScanCodec.Write, ScanCodec.TryRead);
    }

    private static IEnumerable<Sample> LaterSchemas()
    {
        var places = Schema with
        {
            Fields = [new FieldSchema { Name = "at", Type = FieldType.GeoPoint, LongitudeFirst = true }],
        };
        yield return Sample.Of("collection-schema-longitude", places, CollectionCodec.Write, CollectionCodec.TryRead)
            .WithoutLaterFields();
    }

    private static IEnumerable<Sample> FieldsOfShards()
    {
        KnownField[] fields = [new KnownField("n", FieldType.Number), new KnownField("t.x", FieldType.Text)];
        var known = new KnownFields(KnownFields.SumOf(["n", "t.x", "title"]), fields);
        yield return Sample.Of(
            "search-request-known-fields",
            new SearchRequest { Collection = "wiki", Query = new MatchAllQuery(), KnownFields = known },
            SearchCodec.Write, SearchCodec.TryRead);
        var empty = new SearchReply { Total = 0, Hits = [], Coverage = new Coverage(1, 1, 0, 0) };
        yield return Sample.Of(
            "search-reply-fields-here", empty with { FieldsHere = fields }, SearchCodec.Write,
            SearchCodec.TryRead);
        yield return Sample.Of(
            "instant-request-known-fields",
            new InstantRequest { Collection = "wiki", Text = "he", KnownFields = known }, InstantCodec.Write,
            InstantCodec.TryRead);
        var found = new InstantReply
        {
            Words = 1, Counts = [0], Hits = [], Coverage = new Coverage(1, 1, 0, 0), FieldsHere = fields,
        };
        yield return Sample.Of("instant-reply-fields-here", found, InstantCodec.Write, InstantCodec.TryRead);
        yield return Sample.Of(
            "spelling-request-known-fields",
            new SpellingRequest { Collection = "wiki", Field = "", KnownFields = known }, SpellingCodec.Write,
            SpellingCodec.TryRead);
        yield return Sample.Of(
            "spelling-reply-fields-here", new SpellingReply(0, [], []) { FieldsHere = [] }, SpellingCodec.Write,
            SpellingCodec.TryRead);
    }

    private static IEnumerable<Sample> Admin()
    {
        var served = new SearchReply
        {
            Total = 0, Hits = [], Coverage = new Coverage(1, 1, 0, 0), Served = new ServedIndex("wiki~004d", 77),
        };
        yield return Sample.Of("search-reply-served", served, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        yield return Sample.Of("collection-schema", Schema, CollectionCodec.Write, CollectionCodec.TryRead)
            .WithoutLaterFields();
        var full = Schema with
        {
            Mapping = MappingMode.Dynamic,
            Fields =
            [
                new FieldSchema { Name = "text", Type = FieldType.Text, Positions = false, Norms = false },
                new FieldSchema { Name = "meta.count", Type = FieldType.Integer },
                new FieldSchema { Name = "draft", Type = FieldType.Boolean },
            ],
        };
        yield return Sample.Of("collection-schema-full", full, CollectionCodec.Write, CollectionCodec.TryRead)
            .WithoutLaterFields();
        var hashes = Schema with
        {
            OwnPrefix = "doc:",
            Shape = DocumentShape.Hash,
            IgnoreMalformed = true,
            QueryStopWords = ["the", "of"],
            Fields =
            [
                new FieldSchema
                {
                    Name = "tags", Type = FieldType.Keyword, Separator = ",", FoldCase = true, Alias = "t",
                    Weight = 2.5f,
                },
            ],
        };
        yield return Sample.Of("collection-schema-hashes", hashes, CollectionCodec.Write, CollectionCodec.TryRead)
            .WithoutLaterFields();
        var list = new CollectionList([new CollectionStatus(Schema, 36_183, 36_000, 123_456_789)]);
        yield return Sample.Of("collection-list", list, CollectionCodec.Write, CollectionCodec.TryRead);
        var changing = new CollectionStatus(Schema, 9, 8, 7)
        {
            Aliases = ["articles", "texts"], Reindex = new ReindexStatus(full, 5, 9, false, "a problem"),
        };
        yield return Sample.Of(
            "collection-list-changing", new CollectionList([changing]), CollectionCodec.Write, CollectionCodec.TryRead);
        var change = new CollectionChange
        {
            Kind = CollectionChangeKind.BeginReindex, Name = "wiki", Target = "", Schema = Schema, Version = 77,
        };
        yield return Sample.Of("collection-change", change, CollectionCodec.Write, CollectionCodec.TryRead);
        var alias = new CollectionChange { Kind = CollectionChangeKind.SetAlias, Name = "articles", Target = "wiki" };
        yield return Sample.Of("collection-change-alias", alias, CollectionCodec.Write, CollectionCodec.TryRead);
        var stats = new StatsReply
        {
            Name = "leaf-1",
            Role = "leaf",
            State = "ready",
            Epoch = 3,
            Shards = [new ShardStats(0, 10, 4_096, 5), new ShardStats(65_535, 0, 0, 0)],
            Counters = new Dictionary<string, long> { ["hedgerow_cache_hits_total"] = 99, ["below_zero"] = -1 },
        };
        yield return Sample.Of("stats-reply", stats, StatsCodec.Write, StatsCodec.TryRead);
        var fault = new FaultRequest(0.01, 100_000, 0.5);
        yield return Sample.Of("fault-request", fault, FaultCodec.Write, FaultCodec.TryRead);
        var written = new SnapshotReply([new ShardSnapshot(0, 10, 4_096, 123), new ShardSnapshot(65_535, 0, 104, 1)]);
        yield return Sample.Of("snapshot-reply", written, SnapshotCodec.Write, SnapshotCodec.TryRead);
    }
}
