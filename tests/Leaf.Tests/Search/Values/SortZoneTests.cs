using System.Text;
using CsCheck;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Values;

/// <summary>
/// Orders by field over segments of several blocks, of which most are passed over, beside a sort of all documents.
/// </summary>
public sealed class SortZoneTests
{
    private static readonly string[] Fields = ["rising", "random", "same", "partly", "several", "word"];

    [Fact]
    public void Hits_are_those_of_a_sort_of_all_whatever_is_passed_over() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var random = new Random(seed);
            using var directory = IndexDirectory.InMemory();
            using var index = Open(directory);
            var documents = Fill(index, random);
            for (var i = 0; i < 60; i++) Compare(index, documents, random, seed);
        },
        iter: 4,
        threads: 1);

    [Fact]
    public void Blocks_are_passed_over_where_their_bounds_say_that_none_makes_it()
    {
        using var directory = IndexDirectory.InMemory();
        using var index = Open(directory);
        Fill(index, new Random(1));
        // The budget is looked at for every 256 documents and for each block of 1,024 that is passed over.
        var walked = Blocks(new SortKey("several", false) { Mode = ValueMode.Sum });
        var passed = Math.Max(Blocks(new SortKey("rising", true)), Blocks(new SortKey("rising", false)));
        Assert.True(passed < walked, $"{passed} looks at the budget, {walked} where all are looked at");

        long Blocks(SortKey key)
        {
            var budget = SearchBudget.Unlimited();
            var request = Request(key) with { ExactTotal = false, Size = 1 };
            Assert.Equal(StatusCode.Ok, index.Search(request, budget, out var reply, out _));
            Assert.Single(reply!.Hits);
            return budget.Blocks;
        }
    }

    private static CollectionIndex Open(IndexDirectory directory) => CollectionIndex.Open(
        directory,
        new CollectionSchema
        {
            Name = "docs",
            Fields =
            [
                new FieldSchema { Name = "text", Type = FieldType.Text },
                .. Fields.Select(name => new FieldSchema
                {
                    Name = name, Type = name == "word" ? FieldType.Keyword : FieldType.Integer,
                }),
            ],
        },
        Analyzers.Get, new CollectionIndexOptions(), TimeProvider.System);

    private static SearchRequest Request(params SortKey[] keys) => new()
    {
        Collection = "docs", Query = new MatchAllQuery(), Sort = keys, Size = 10, WithSource = false,
    };

    private static List<Document> Fill(CollectionIndex index, Random random)
    {
        const int Count = 9_000;
        var documents = new List<Document>();
        for (var i = 0; i < Count; i++)
        {
            var partly = i / 1_500 % 2 == 0 && random.Next(30) > 0 ? random.Next(500) : (long?)null;
            var document = new Document(
                $"/docs/{i:D5}", random.Next(3) == 0 ? "red blue" : "red",
                new Dictionary<string, long[]>
                {
                    ["rising"] = [i / 3], ["random"] = [random.Next(100_000) - 50_000], ["same"] = [7],
                    ["partly"] = partly is { } value ? [value] : [],
                    ["several"] = [.. Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(900) + (i / 9L))],
                },
                random.Next(4) == 0 ? null : $"w{(i / 10) + random.Next(200):D4}");
            documents.Add(document);
        }

        var bySegment = documents.OrderBy(_ => random.Next()).ToArray();
        for (var i = 0; i < Count; i++)
        {
            Assert.Equal(StatusCode.Ok, index.Put(
                Encoding.UTF8.GetBytes(bySegment[i].Path), 1, Encoding.UTF8.GetBytes(bySegment[i].Json), out _, out _));
            if (i is 5_500 or 8_900) index.Refresh();
        }

        foreach (var gone in bySegment.Take(300))
        {
            index.Delete(Encoding.UTF8.GetBytes(gone.Path), 2, out _, out _);
            documents.Remove(gone);
        }

        index.Refresh();
        return documents;
    }

    private static void Compare(CollectionIndex index, List<Document> documents, Random random, int seed)
    {
        SortKey[] keys = [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => Key(random))];
        var isBlue = random.Next(2) == 0;
        var upTo = random.Next(3) switch { 0 => (int?)null, 1 => 0, _ => random.Next(10_000) };
        var request = Request(keys) with
        {
            Size = random.Next(1, 40),
            Query = isBlue ? new TermQuery("text", "blue") : new MatchAllQuery(),
            ExactTotal = random.Next(2) == 0,
            TotalUpTo = upTo,
        };
        var matches = documents.Where(document => !isBlue || document.Text.Contains("blue")).ToList();
        matches.Sort((a, b) => Order(keys, a, b));
        var all = matches.Count;
        if (random.Next(2) == 0)
        {
            var place = matches[random.Next(matches.Count)];
            var values = keys.Select(key => ValueOf(key, place)).ToArray();
            request = request with { After = new SearchAfter(values, place.Path) };
            matches.RemoveRange(0, matches.IndexOf(place) + 1);
        }

        var status = index.Search(request, SearchBudget.Unlimited(), out var reply, out var error);
        Assert.True(status == StatusCode.Ok, error);
        Assert.True(
            matches.Take(request.Size).Select(d => d.Path).SequenceEqual(reply!.Hits.Select(hit => hit.Path)),
            $"seed {seed}: {string.Join(", ", keys.Select(key => key.ToString()))}");
        if (reply.TotalIsExact) Assert.Equal(all, reply.Total);
        else Assert.True(reply.Total >= reply.Hits.Count && reply.Total <= all);
        if (upTo is null && request.ExactTotal) Assert.True(reply.TotalIsExact);
        if (!reply.TotalIsExact && upTo is not null) Assert.True(reply.Total > upTo, $"{reply.Total} of {upTo}");
    }

    private static SortKey Key(Random random)
    {
        var field = Fields[random.Next(Fields.Length)];
        return new SortKey(field, random.Next(2) == 0, random.Next(2) == 0)
        {
            Missing = random.Next(3) > 0 ? null : field == "word" ? $"w{random.Next(1_200):D4}" : $"{random.Next(600)}",
            Mode = field == "several" && random.Next(2) == 0 ? (ValueMode)random.Next(2) : null,
        };
    }

    private static int Order(SortKey[] keys, Document a, Document b)
    {
        foreach (var key in keys)
        {
            var (x, y) = (ValueOf(key, a), ValueOf(key, b));
            if (x.IsMissing && y.IsMissing) continue;
            if (x.IsMissing || y.IsMissing) return x.IsMissing == key.MissingFirst ? -1 : 1;
            var order = x.Text is null
                ? x.Whole!.Value.CompareTo(y.Whole!.Value)
                : string.CompareOrdinal(x.Text, y.Text);
            if (order != 0) return key.Descending ? -order : order;
        }

        return string.CompareOrdinal(a.Path, b.Path);
    }

    private static SortValue ValueOf(SortKey key, Document document)
    {
        if (key.Field == "word")
            return (document.Word ?? key.Missing) is { } word ? SortValue.Of(word) : default;
        var values = document.Numbers[key.Field];
        if (values.Length == 0) return key.Missing is { } missing ? SortValue.Of(long.Parse(missing)) : default;
        var highest = key.Mode is { } mode ? mode == ValueMode.Max : key.Descending;
        return SortValue.Of(highest ? values.Max() : values.Min());
    }

    private sealed record Document(string Path, string Text, Dictionary<string, long[]> Numbers, string? Word)
    {
        public string Json
        {
            get
            {
                var numbers = Numbers.Select(pair => $"\"{pair.Key}\":[{string.Join(',', pair.Value)}]");
                var word = Word is null ? "" : $",\"word\":\"{Word}\"";
                return $"{{\"text\":\"{Text}\",{string.Join(',', numbers)}{word}}}";
            }
        }
    }
}
