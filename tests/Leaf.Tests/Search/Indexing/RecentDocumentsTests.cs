using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>Recent documents beside a dictionary, and what readers hold while a refresh forgets them.</summary>
public sealed class RecentDocumentsTests
{
    private const int Steps = 20_000;

    [Theory]
    [InlineData(1, 50, 40)]
    [InlineData(2, 5_000, 300)]
    [InlineData(3, 20_000, 3)]
    public void Every_path_has_its_last_state_until_all_are_forgotten(int seed, int paths, int bytesMax)
    {
        var random = new Random(seed);
        var recent = new RecentDocuments();
        var model = new SortedDictionary<string, State>(StringComparer.Ordinal);
        for (var step = 1; step <= Steps; step++)
        {
            var path = $"/docs/{random.Next(paths)}";
            var state = new State(
                (ulong)step, random.Next(5) == 0 ? null : Json(random, step, bytesMax), random.Next(2) == 0);
            if (state.Json is null) recent.PutTombstone(Utf8(path), state.Version, state.WasIndexed);
            else recent.Put(Utf8(path), state.Version, state.Json, step, state.WasIndexed);
            model[path] = state;
            AssertSame(recent, model, $"/docs/{random.Next(paths)}");
            if (step % 3_001 == 0) AssertPage(recent, model, $"/docs/{random.Next(paths)}");
            if (step % 7_001 != 0) continue;
            AssertPage(recent, model, "");
            recent.Clear();
            model.Clear();
            Assert.Equal((0, 0L), (recent.Count, recent.Bytes));
        }
    }

    [Theory]
    [InlineData(20_000, 1)]
    [InlineData(200, 70_000)]
    [InlineData(40, 600_000)]
    public void Memory_is_counted_as_it_is_held(int documents, int bytes)
    {
        var batch = new RecentBatch();
        var json = new byte[bytes];
        for (var i = 0; i < documents; i++)
            batch.Put(new RecentEntry { Hash = (ulong)i, Version = 1, Number = i }, Utf8($"/docs/{i}"), json);

        // Arrays of entries and of slots are outgrown by ones of twice the size, and stay.
        var entries = (long)documents * Unsafe.SizeOf<RecentEntry>();
        var slots = 2L * documents * sizeof(int);
        var chunks = batch.Chunks.Length == 1
            ? documents * (long)bytes
            : batch.Chunks.Sum(chunk => (long)chunk.Length);
        Assert.InRange(batch.Bytes, chunks + entries + slots, chunks + (4 * entries) + (8 * slots) + (1 << 20));
        batch.Release();
    }

    [Fact]
    public void A_page_is_as_it_was_whatever_is_written_and_forgotten_meanwhile()
    {
        const int Documents = 3_000;
        var recent = new RecentDocuments();
        Fill("first");
        using var page = recent.SortedAfter([]);
        for (var round = 0; round < 5; round++)
        {
            Fill($"round {round}");
            recent.Clear();
        }

        Fill("last");
        Assert.Equal(Documents, page.Count);
        for (var i = 0; i < page.Count; i++)
        {
            Assert.Equal($"/docs/{i:D5}", Encoding.UTF8.GetString(page[i].Path));
            Assert.Equal($"first {i}", Encoding.UTF8.GetString(page[i].Json).TrimEnd());
        }

        void Fill(string what)
        {
            for (var i = 0; i < Documents; i++)
                recent.Put(Utf8($"/docs/{i:D5}"), 1, Utf8($"{what} {i}".PadRight(500)), i, false);
        }
    }

    [Fact]
    public async Task Readers_see_whole_documents_while_they_are_written_over_and_forgotten()
    {
        const int Rounds = 300;
        const int Paths = 20;
        var recent = new RecentDocuments();
        using var done = new CancellationTokenSource();
        var firsts = Enumerable.Range(0, 3).Select(_ => new TaskCompletionSource()).ToArray();
        var readers = firsts.Select(first => Task.Run(() => Read(first, done.Token))).ToArray();
        for (var round = 1; round <= Rounds; round++)
        {
            for (var i = 0; i < Paths; i++)
            {
                var json = new byte[30_000];
                json.AsSpan().Fill((byte)round);
                recent.Put(Utf8($"/docs/{i}"), (ulong)round, json, i, false);
            }

            // One that fails has not read, and says why below.
            if (round == 1) await Task.WhenAll(readers.Zip(firsts, (reader, read) => Task.WhenAny(reader, read.Task)));
            if (round % 2 == 0) recent.Clear();
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);

        void Read(TaskCompletionSource first, CancellationToken token)
        {
            var output = new ArrayBufferWriter<byte>();
            for (var i = 0; !token.IsCancellationRequested; i++)
            {
                output.ResetWrittenCount();
                if (!recent.TryRead(Utf8($"/docs/{i % Paths}"), output, out var entry)) continue;
                Assert.Equal(30_000, output.WrittenCount);
                Assert.False(output.WrittenSpan.ContainsAnyExcept((byte)entry.Version));
                first.TrySetResult();
            }
        }
    }

    [Fact]
    public async Task A_page_taken_while_documents_are_written_over_has_each_path_once()
    {
        const int Rounds = 200;
        const int Paths = 700;
        var recent = new RecentDocuments();
        for (var i = 0; i < Paths; i++) recent.Put(Utf8($"/docs/{i:D5}"), 1, "first"u8, i, false);
        using var done = new CancellationTokenSource();
        var taken = new TaskCompletionSource();
        var reader = Task.Run(() => Look(done.Token));
        for (var round = 2; round <= Rounds; round++)
        {
            for (var i = 0; i < Paths; i++) recent.Put(Utf8($"/docs/{i:D5}"), (ulong)round, "again"u8, i, true);
            if (round == 2) await Task.WhenAny(reader, taken.Task);
        }

        await done.CancelAsync();
        await reader;
        Assert.Equal(Paths, recent.Count);

        void Look(CancellationToken token)
        {
            var last = new ulong[Paths];
            do
            {
                using var page = recent.SortedAfter([]);
                Assert.Equal(Paths, page.Count);
                for (var i = 0; i < Paths; i++)
                {
                    Assert.Equal($"/docs/{i:D5}", Encoding.UTF8.GetString(page[i].Path));
                    // Writes are in order: none is in the page without those before it.
                    Assert.True(page[i].Version >= last[i], $"{i}: {page[i].Version} after {last[i]}");
                    Assert.True(i == 0 || page[i].Version <= page[i - 1].Version);
                    last[i] = page[i].Version;
                }

                taken.TrySetResult();
            }
            while (!token.IsCancellationRequested);
        }
    }

    [Fact]
    public void An_entry_is_nothing_that_the_collector_would_follow() =>
        Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<RecentEntry>());

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Json(Random random, int step, int bytesMax)
    {
        // Now and then one that is larger than a chunk.
        var json = new byte[step % 5_000 == 0 ? 1_500_000 : 1 + random.Next(bytesMax)];
        random.NextBytes(json);
        return json;
    }

    private static void AssertSame(RecentDocuments recent, SortedDictionary<string, State> model, string path)
    {
        var output = new ArrayBufferWriter<byte>();
        var isThere = recent.TryRead(Utf8(path), output, out _);
        Assert.Equal(model.Count, recent.Count);
        Assert.Equal(model.ContainsKey(path), recent.TryPeek(Utf8(path), out var entry));
        if (!model.TryGetValue(path, out var state)) return;
        Assert.Equal(
            (state.Json is not null, state.Version, state.WasIndexed), (isThere, entry.Version, entry.WasIndexed));
        Assert.True(output.WrittenSpan.SequenceEqual(state.Json));
    }

    private static void AssertPage(RecentDocuments recent, SortedDictionary<string, State> model, string after)
    {
        using var page = recent.SortedAfter(Utf8(after));
        var expected = model.Where(pair => string.CompareOrdinal(pair.Key, after) > 0).ToArray();
        Assert.Equal(expected.Length, page.Count);
        for (var i = 0; i < page.Count; i++)
        {
            var state = expected[i].Value;
            Assert.Equal(expected[i].Key, Encoding.UTF8.GetString(page[i].Path));
            Assert.True(page[i].Json.SequenceEqual(state.Json));
            Assert.Equal(
                (state.Version, state.Json is null, state.WasIndexed),
                (page[i].Version, page[i].IsTombstone, page[i].WasIndexed));
        }
    }

    private sealed record State(ulong Version, byte[]? Json, bool WasIndexed);
}
