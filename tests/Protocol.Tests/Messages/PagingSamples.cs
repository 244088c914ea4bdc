namespace Hedgerow.Protocol.Tests;

/// <summary>Messages about pages, points in time, and what hits carry.</summary>
internal static class PagingSamples
{
    public static IReadOnlyList<Sample> All { get; } = [.. Samples()];

    private static IEnumerable<Sample> Samples()
    {
        var paged = Protocol.Tests.Samples.Sorted with
        {
            After = new SearchAfter([SortValue.Of(-3L), SortValue.Of(0.5), SortValue.Of("grün"), default], "/wiki/A"),
            PointInTime = PointInTimeId.Write([new HeldShard(3, "leaf-1", 77)]),
            KeepAlive = TimeSpan.FromSeconds(90),
        };
        yield return Sample.Of("search-request-paged", paged, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        var parts = paged with
        {
            Highlighting =
            [
                new HighlightField("title"),
                new HighlightField("body.*")
                {
                    FragmentSize = 0, Fragments = 3, PreTag = "<b>", PostTag = "</b>", Html = true, BestFirst = true,
                    NoMatchSize = 80, RequireFieldMatch = false, Query = new MatchAllQuery(), AnalyzedChars = 1_000,
                },
            ],
            ValueFields = ["year", "tags.*"],
            TrackScores = false,
            WithVersion = false,
        };
        yield return Sample.Of("search-request-parts", parts, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        var collapsed = parts with
        {
            Collapse = new Collapse("tag")
            {
                InnerHits = [new InnerHits("cheap", 3, [new SortKey("price", true)]), new InnerHits("best", 0, [])],
            },
        };
        yield return Sample.Of("search-request-collapsed", collapsed, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        foreach (var sample in PointsInTime(paged.PointInTime)) yield return sample;
        var cut = new SearchReply
        {
            Total = 1,
            Hits =
            [
                new SearchHit
                {
                    Path = "/wiki/Hedge",
                    Score = 0,
                    Version = 0,
                    Highlights = [new Highlight("body", "") { Fragments = ["a <em>b</em>", "c"] }],
                    Fields = """{"year":[1999]}"""u8.ToArray(),
                },
            ],
            Coverage = new Coverage(1, 1, 9, 9),
        };
        yield return Sample.Of("search-reply-parts", cut, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        var inner = new InnerGroup("cheap", 9, [new SearchHit { Path = "/wiki/A", Score = 1, Version = 2 }]);
        var grouped = cut with
        {
            Hits = [.. cut.Hits.Select(hit => hit with { Group = SortValue.Of("plants"), InnerHits = [inner] })],
        };
        yield return Sample.Of("search-reply-collapsed", grouped, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
    }

    private static IEnumerable<Sample> PointsInTime(string id)
    {
        var open = new PointInTimeRequest { Collection = "wiki", KeepAlive = TimeSpan.FromSeconds(90) };
        yield return Sample.Of("point-in-time-open", open, PointInTimeCodec.Write, PointInTimeCodec.TryRead)
            .WithoutLaterFields();
        var ofIndex = open with { Index = "wiki~000000000000004d" };
        yield return Sample.Of("point-in-time-index", ofIndex, PointInTimeCodec.Write, PointInTimeCodec.TryRead);
        var close = open with { Id = id };
        yield return Sample.Of("point-in-time-close", close, PointInTimeCodec.Write, PointInTimeCodec.TryRead)
            .WithoutLaterFields();
        var opened = new PointInTimeReply { Id = id, Shards = 1 };
        yield return Sample.Of("point-in-time-reply", opened, PointInTimeCodec.Write, PointInTimeCodec.TryRead);
    }
}
