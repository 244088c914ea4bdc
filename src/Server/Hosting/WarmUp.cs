using System.Diagnostics;
using System.IO.Compression;
using System.Runtime;
using System.Text;
using System.Text.Json;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Demo;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Hosting;

/// <summary>What a warm-up did.</summary>
/// <param name="Requests">Requests that were answered.</param>
/// <param name="Methods">Methods that were compiled meanwhile, some of them more than once.</param>
/// <param name="Elapsed">How long it took.</param>
internal readonly record struct WarmUpReport(int Requests, long Methods, TimeSpan Elapsed);

/// <summary>
/// Runs requests of the usual kinds against a small cluster in memory before a process serves its first one. .NET
/// compiles a method when it is first called and again, better, when it was called often, on another thread: on a
/// machine of one core that is time of the requests, for half a minute after the start. What is compiled here is not
/// compiled then.
/// </summary>
/// <remarks>
/// The cluster is of the same classes that serve: router, codecs, scheduling, leaf, analysis, index, search. What only
/// sockets reach stays cold. Its documents are some of those that the demo has; nothing is read from or written to
/// disk. It ends with its time, whatever was reached, and is done once in a process.
/// </remarks>
internal static class WarmUp
{
    /// <summary>Documents that it stores and searches.</summary>
    public const int Documents = 600;

    private const long MemoryBytes = 64 << 20;
    private const string Collection = "warm-up";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly string[] Fields = ["words", "definition"];
    private static int s_begun;

    /// <summary>Does it, unless it was done in this process.</summary>
    /// <param name="most">How long; the request under way is waited for. Zero is not at all.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<WarmUpReport> RunOnceAsync(TimeSpan most, CancellationToken cancel) =>
        most <= TimeSpan.Zero || Interlocked.Exchange(ref s_begun, 1) != 0 ? default : await RunAsync(most, cancel);

    /// <summary>Does it.</summary>
    public static async Task<WarmUpReport> RunAsync(TimeSpan most, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var methods = JitInfo.GetCompiledMethodCount();
        var requests = 0;
        var options = new LocalClusterOptions
        {
            Shards = 1,
            Replicas = 1,
            Leaf = new LeafOptions { MemoryBytes = MemoryBytes, Shed = new ShedOptions { Enabled = false } },
            Client = new HedgerowClientOptions { Timeout = Patience, SearchTimeout = Patience },
        };
        await using var cluster = await LocalCluster.StartAsync(
            options, TimeProvider.System, NullLoggerFactory.Instance, cancel);
        try
        {
            var words = await FillAsync(cluster.Client, cancel);
            requests = words.Count;
            for (var round = 0; clock.Elapsed < most; round++)
            {
                var word = words[round * 7 % words.Count];
                for (var letters = 1; letters <= word.Length && clock.Elapsed < most; letters++, requests++)
                    await TypeAsync(cluster.Client, word, letters, cancel);
                requests += await SearchAsync(cluster.Client, word, words[round % words.Count], cancel);
                requests += await CacheAsync(cluster.Client, word, cancel);
            }
        }
        catch (HedgerowException)
        {
            // Refused by a machine that is too busy: it starts less warm.
        }

        return new WarmUpReport(requests, JitInfo.GetCompiledMethodCount() - methods, clock.Elapsed);
    }

    private static async Task<List<string>> FillAsync(HedgerowClient client, CancellationToken cancel)
    {
        await client.PutCollectionAsync(
            new CollectionSchema
            {
                Name = Collection,
                Fields =
                [
                    new FieldSchema { Name = "words", Type = FieldType.Text, Instant = true },
                    new FieldSchema { Name = "definition", Type = FieldType.Text, Instant = true },
                    new FieldSchema { Name = "kind", Type = FieldType.Keyword },
                ],
            },
            cancel);
        var words = new List<string>();
        using var reader = new StreamReader(new GZipStream(BundledCorpus.OpenFile(), CompressionMode.Decompress));
        while (words.Count < Documents && await reader.ReadLineAsync(cancel) is { } line)
        {
            using var json = JsonDocument.Parse(line);
            words.Add(json.RootElement.GetProperty("words").GetString()!);
            var path = $"/{Collection}/{words.Count}";
            await client.SetAsync(path, Encoding.UTF8.GetBytes(line), cancel: cancel);
        }

        await client.RefreshAsync(Collection, cancel);
        return words;
    }

    /// <summary>A word as it is typed, its third letter before its time.</summary>
    private static async Task TypeAsync(HedgerowClient client, string word, int letters, CancellationToken cancel)
    {
        var typed = word.Length > 4 ? $"{word[..2]}{word[3]}{word[2]}{word[4..]}" : word;
        var request = new InstantRequest
        {
            Collection = Collection, Text = typed[..letters], Fields = Fields, HighlightFields = Fields,
        };
        await client.InstantAsync(request, cancel);
    }

    private static async Task<int> SearchAsync(
        HedgerowClient client, string word, string other, CancellationToken cancel)
    {
        QueryNode[] queries =
        [
            new MatchQuery("definition", $"{word} of the {other}", AllWords: false),
            new PhraseQuery("definition", "of the", 0),
            new MultiMatchQuery(Fields, word, MultiMatchType.BestFields),
            new PrefixQuery("words", word[..1]),
            new BooleanQuery([new TermQuery("definition", "a")], [], [], [new ExistsQuery("kind")]),
        ];
        foreach (var query in queries)
        {
            var request = new SearchRequest { Collection = Collection, Query = query, HighlightFields = Fields };
            await client.SearchAsync(request, cancel);
        }

        var facets = new SearchRequest
        {
            Collection = Collection,
            Query = new MatchAllQuery(),
            Sort = [new SortKey("kind", Descending: false)],
            Aggregations = [new TermsAggregation { Name = "kinds", Field = "kind" }],
        };
        await client.SearchAsync(facets, cancel);
        return queries.Length + 1;
    }

    private static async Task<int> CacheAsync(HedgerowClient client, string word, CancellationToken cancel)
    {
        EntryPath path = "/entries/" + Uri.EscapeDataString(word);
        await client.SetAsync(path, new byte[100], cancel: cancel);
        (await client.GetAsync(path, cancel)).Dispose();
        await client.DeleteAsync(path, cancel: cancel);
        return 3;
    }
}
