using Hedgerow.Protocol;
using Hedgerow.Server.Tests.Aggregations;

namespace Hedgerow.Server.Tests.Everything;

/// <summary>What a search may ask for, drawn together.</summary>
internal static class AnyRequest
{
    private static readonly string[] SortFields =
    [
        "tags", "shop", "title.raw", "low", "late", "price", "counts", "day", "draft", "wide", "deep", "era",
        "author.age", SortKey.Score, SortKey.Path,
    ];

    private static readonly string[] GroupFields =
        ["tags", "shop", "title.raw", "low", "late", "price", "counts", "wide", "deep", "era", "author.age"];

    /// <summary>All hits of a query in some order, with what is told of each.</summary>
    public static SearchRequest Whole(Random random, QueryNode query) => new()
    {
        Collection = "docs",
        Query = query,
        Size = SearchRequest.HitsMax,
        WithSource = random.Next(3) == 0,
        SourceFields = random.Next(2) == 0 ? [] : ["t*", "author.name", "deep"],
        SourceExcludes = random.Next(2) == 0 ? [] : ["author", "*s"],
        Sort = Sort(random),
        ValueFields = random.Next(2) == 0 ? ["*"] : [],
        HighlightFields = random.Next(3) == 0 ? ["title", "body"] : [],
        Highlighting = random.Next(3) == 0 ? [Marked(random)] : [],
        WithVersion = false,
        Explain = random.Next(6) == 0,
    };

    /// <summary>A field that groups may be made by.</summary>
    public static string GroupField(Random random) => GroupFields[random.Next(GroupFields.Length)];

    private static SortKey[] Sort(Random random) => random.Next(3) == 0
        ? []
        : [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Key(random))];

    private static SortKey Key(Random random)
    {
        var key = new SortKey(SortFields[random.Next(SortFields.Length)], random.Next(2) == 0, random.Next(2) == 0);
        if (random.Next(12) == 0)
        {
            return key with
            {
                Field = "place",
                Distance = new SortDistance([PlaceModel.Random(random)], random.Next(2) == 0 ? 1 : 1_000),
                Mode = random.Next(2) == 0 ? null : (ValueMode)random.Next(3),
            };
        }

        if (key.Field[0] == '_' || random.Next(3) > 0) return key;
        return key with
        {
            Mode = random.Next(2) == 0 ? null : (ValueMode)random.Next(2), Missing = Missing(random, key.Field),
        };
    }

    private static string? Missing(Random random, string field)
    {
        if (random.Next(2) == 0) return null;
        return field switch
        {
            "price" or "wide" => "0.5",
            "counts" or "deep" or "author.age" => random.Next(2) == 0 ? "1" : "22",
            "day" or "era" => "2024-01-01",
            "draft" => "true",
            _ => random.Next(2) == 0 ? "b" : "red",
        };
    }

    private static HighlightField Marked(Random random) => new(random.Next(2) == 0 ? "*" : "title")
    {
        FragmentSize = random.Next(3) * 20,
        Fragments = random.Next(3),
        BestFirst = random.Next(2) == 0,
        NoMatchSize = random.Next(2) * 10,
        RequireFieldMatch = random.Next(2) == 0,
        Query = random.Next(4) == 0 ? new PrefixQuery("title", "h") : null,
    };
}
