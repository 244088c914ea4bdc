using System.Text;
using CsCheck;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Search.Suggest;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Instant;

/// <summary>Completions by weight, and what spelling counts, against models that read every document.</summary>
public sealed class CompletionTests
{
    [Fact]
    public void The_heaviest_texts_that_begin_so_are_found_whatever_segments_hold_them() =>
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                var random = new Random(seed);
                using var shard = new InstantHarness();
                shard.Churn(random, 250);
                for (var i = 0; i < 80; i++)
                {
                    var query = Query(random);
                    Assert.Equal(InstantModel.Complete(shard.Live.Values, query), shard.Complete(query).Options);
                }
            },
            iter: 12,
            threads: 1);

    [Fact]
    public void The_heaviest_of_any_range_is_the_first_of_the_heaviest()
    {
        var random = new Random(5);
        foreach (var count in new[] { 1, 63, 64, 65, 129, 5_000, 20_000 })
        {
            var weights = Enumerable.Range(0, count).Select(_ => (long)random.Next(count < 100 ? 4 : 300)).ToArray();
            var (region, table) = TableOf(weights);
            for (var i = 0; i < 300; i++)
            {
                var from = random.Next(count);
                var to = random.Next(from + 1, count + 1);
                var heaviest = weights[from..to].Max();
                Assert.Equal(Array.IndexOf(weights, heaviest, from), table.Heaviest(from, to));
            }

            region.Dispose();
        }
    }

    [Fact]
    public void The_automaton_of_a_prefix_accepts_what_is_within_its_edits() =>
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                var random = new Random(seed);
                var word = Word(random, 5);
                var term = Word(random, 8);
                var (edits, fixedLength, first) = (random.Next(3), random.Next(3), random.Next(1, 3));
                var isPrefix = random.Next(2) == 0;
                Rune[] runes = [.. word.EnumerateRunes()];
                var utf8 = Encoding.UTF8.GetBytes(term);
                var distance = InstantModel.Distance(word, term, isPrefix, first, fixedLength);
                var automaton = EditDistance.Automaton(runes, edits, fixedLength, isPrefix, first);
                Assert.Equal(distance <= edits, automaton.Matches(utf8));
                var within = EditDistance.Within(runes, utf8, fixedLength, isPrefix, first);
                if (distance <= FuzzyQuery.EditsMax) Assert.Equal(distance, within);
                else Assert.True(within > FuzzyQuery.EditsMax);
            },
            iter: 3_000);

    [Fact]
    public void Words_near_a_text_are_counted_in_live_documents() =>
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                var random = new Random(seed);
                using var shard = new InstantHarness();
                shard.Churn(random, 200);
                for (var i = 0; i < 30; i++)
                {
                    var request = new SpellingRequest
                    {
                        Collection = "docs",
                        Field = "text",
                        Text = InstantWords.Typed(random, 3),
                        Edits = random.Next(3),
                        PrefixLength = random.Next(2),
                        LengthMin = random.Next(6),
                        Sets = [["hedge", "row"], ["house"], ["a", "hedge", "tree"]],
                        Adjacent = random.Next(2) == 0,
                    };
                    Compare(shard, request, shard.Spell(request));
                }
            },
            iter: 8,
            threads: 1);

    [Fact]
    public void A_document_says_what_is_wrong_with_its_completions()
    {
        using var shard = new InstantHarness();
        Assert.Contains("0 to 2147483647", Refusal("""{"suggest":{"input":"a","weight":-1}}"""));
        Assert.Contains("no member 'inputs'", Refusal("""{"suggest":{"inputs":"a"}}"""));
        Assert.Contains("1 to 255 are allowed", Refusal("""{"suggest":""}"""));
        Assert.Contains("1 to 255 are allowed", Refusal($$"""{"suggest":"{{new string('a', 256)}}"}"""));
        Assert.Contains("takes a string, an object of input", Refusal("""{"suggest":3}"""));
        var status = shard.Index.Validate(
            "/docs/1"u8, """{"suggest":["a",{"input":["b","c"],"weight":"7"},null]}"""u8, out var error);
        Assert.True(status == StatusCode.Ok, error);

        string Refusal(string json)
        {
            Assert.Equal(
                StatusCode.BadDocument, shard.Index.Validate("/docs/1"u8, Encoding.UTF8.GetBytes(json), out var wrong));
            return wrong!;
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("\0")]
    [InlineData("\u0301\u0301")]
    [InlineData("\u6771")]
    [InlineData("\ud83e\udd94")]
    public void Odd_prefixes_are_answered(string prefix)
    {
        using var shard = new InstantHarness();
        shard.Put(new InstantDocument("/docs/1", "", "", null, "x", [("hedge", 1), ("\u6771\u4eac", 2), ("a\0b", 3)]));
        shard.Index.Refresh();
        foreach (var edits in new[] { 0, 1, 2 })
        {
            var query = new CompletionQuery("c", "suggest", prefix) { Edits = edits, LengthMin = 0, PrefixLength = 0 };
            Assert.Equal(InstantModel.Complete(shard.Live.Values, query), shard.Complete(query).Options);
        }

        Assert.Equal(3, shard.Complete(new CompletionQuery("c", "suggest", "")).Options.Count);
    }

    private static CompletionQuery Query(Random random)
    {
        var text = InstantWords.Misspelt(random, InstantWords.Text(random, 2) + "e");
        return new CompletionQuery("c", "suggest", text[..random.Next(text.Length)])
        {
            Size = random.Next(8),
            SkipDuplicates = random.Next(2) == 0,
            Edits = random.Next(-1, 3),
            PrefixLength = random.Next(2),
            LengthMin = random.Next(5),
            Filter = random.Next(3) == 0 ? new TermQuery("tag", "y") : null,
        };
    }

    private static string Word(Random random, int most) =>
        string.Concat(Enumerable.Range(0, random.Next(most + 1)).Select(_ => "abü\ud83e\udd94"[random.Next(3)]));

    private static void Compare(InstantHarness shard, SpellingRequest request, SpellingReply reply)
    {
        var texts = shard.Live.Values.Select(document => InstantModel.Terms(document.Text)).ToArray();
        Assert.Equal(shard.Live.Count, reply.Documents);
        Assert.Equal(InstantModel.Terms(request.Text), reply.Words.Select(word => word.Term));
        foreach (var word in reply.Words)
        {
            Assert.Equal(texts.Count(terms => terms.Contains(word.Term)), word.Documents);
            var isTried = request.Edits > 0 && word.Term.Length >= request.LengthMin;
            var near =
                from term in texts.SelectMany(terms => terms).Distinct()
                let edits = InstantModel.Distance(word.Term, term, false, 1, request.PrefixLength)
                where isTried && term != word.Term && edits <= request.Edits
                select new NearTerm(term, edits, texts.Count(terms => terms.Contains(term)));
            Assert.Equal(near.OrderBy(row => row.Term, StringComparer.Ordinal), word.Near);
        }

        for (var i = 0; i < request.Sets.Count; i++)
            Assert.Equal(texts.Count(terms => Has(terms, request.Sets[i], request.Adjacent)), reply.Counts[i]);
    }

    private static bool Has(List<string> terms, IReadOnlyList<string> set, bool isAdjacent) => isAdjacent
        ? Enumerable.Range(0, terms.Count).Any(at => terms.Skip(at).Take(set.Count).SequenceEqual(set))
        : set.All(terms.Contains);

    private static (IndexRegion Region, CompletionTable Table) TableOf(long[] weights)
    {
        using var directory = IndexDirectory.InMemory();
        using (var output = directory.Create("table"))
        {
            var numbers = Enumerable.Range(0, weights.Length).ToArray();
            CompletionTable.Write(
                output, weights.Length, [.. numbers, weights.Length], Array.ConvertAll(numbers, n => (long)n), weights);
            output.Align();
            output.Finish();
        }

        var region = directory.Open("table");
        unsafe
        {
            return (region, new CompletionTable(region.Start, weights.Length));
        }
    }
}
