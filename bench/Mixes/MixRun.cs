using System.Text.Json;
using Hedgerow.Leaf.Cache;

namespace Hedgerow.Bench.Mixes;

/// <summary>What a mix did to the memory of its process.</summary>
/// <param name="BudgetBytes">The store's budget.</param>
/// <param name="PeakBytes">The most that the process had grown by, at any sample.</param>
/// <param name="LiveShare">
/// The least share of what it had grown by, in the last third, that was live: paths, values and headers of entries that
/// can be read, and their index. Of a mix that is not steady: at the end.
/// </param>
/// <param name="PayloadShare">Likewise, paths and values alone.</param>
/// <param name="Entries">At the end.</param>
/// <param name="GrownBytes">What the process had grown by at the end.</param>
/// <param name="AllocatedBytes">What the store says it holds, at the end.</param>
/// <param name="MovedShare">Bytes moved to keep them, as a share of the bytes written.</param>
internal sealed record MixReading(
    long BudgetBytes, long PeakBytes, double LiveShare, double PayloadShare, long Entries, long GrownBytes,
    long AllocatedBytes, double MovedShare)
{
    public string ToLine() => JsonSerializer.Serialize(this);

    public static MixReading Parse(string line) => JsonSerializer.Deserialize<MixReading>(line)!;
}

/// <summary>Runs a mix and reads from the kernel what the process holds. In a process of its own.</summary>
internal static class MixRun
{
    private const int Samples = 60;
    private const int SlowSamples = 4;
    private const long WarmUpBytes = 8 << 20;

    /// <summary>Bytes of a record beside path and value; and what an expiry adds.</summary>
    private const int HeaderBytes = 7;
    private const int ExpiryBytes = 6;

    public static MixReading Run(StoreMix mix, long budgetBytes)
    {
        // The first round brings the process's own heap and code to their size, so that the second shows the store's.
        using (var warmUp = Store(WarmUpBytes)) Work(mix, new MixClient(warmUp), WarmUpBytes, _ => { });
        using var store = Store(budgetBytes);
        var client = new MixClient(store);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = ResidentMemory.AnonymousBytes;
        long peak = 0;
        var (live, payload) = (1.0, 1.0);
        Work(mix, client, budgetBytes, sample =>
        {
            var grown = ResidentMemory.AnonymousBytes - before;
            peak = Math.Max(peak, grown);
            var isLast = sample == Samples;
            var isSlow = sample * 3 >= Samples * 2 && sample % (Samples / 3 / SlowSamples) == 0;
            if (!isLast && !(mix.IsSteady && isSlow)) return;
            var (liveBytes, payloadBytes) = Count(store, client.NowMs);
            live = Math.Min(live, liveBytes / (double)grown);
            payload = Math.Min(payload, payloadBytes / (double)grown);
        });
        var stats = store.Stats();
        return new MixReading(
            budgetBytes, peak, live, payload, stats.Entries, ResidentMemory.AnonymousBytes - before,
            stats.AllocatedBytes, stats.MovedBytes / (double)client.WrittenBytes);
    }

    private static CacheStore Store(long budgetBytes) =>
        new(new CacheStoreOptions { MemoryBytes = budgetBytes, HashSeed = 1 });

    private static void Work(StoreMix mix, MixClient client, long budgetBytes, Action<int> sample)
    {
        var end = (long)(budgetBytes * mix.Turnovers);
        var sampled = 0;
        for (long step = 0; client.WrittenBytes < end; step++)
        {
            mix.Step(client, step, budgetBytes);
            if (client.WrittenBytes * Samples / end <= sampled) continue;
            sampled++;
            sample(Math.Min(Samples - 1, sampled));
        }

        if (!mix.IsSteady) client.Pass(1_000);
        sample(Samples);
    }

    private static (long Live, long Payload) Count(CacheStore store, long nowMs)
    {
        long payload = 0, headers = 0;
        using var walk = store.Walk();
        while (walk.MoveNext(nowMs))
        {
            var rows = walk.Rows;
            while (EntryRow.TryTake(ref rows, out var row)) Add(row.Path.Length + row.Value.Length, row.ExpiresAtMs);
            if (walk.HasLarge) Add(walk.LargeHead.Length + walk.LargeRest.Length - EntryRow.HeaderBytesMax, 0);
        }

        return (payload + headers + store.Stats().IndexBytes, payload);

        void Add(long bytes, long expiresAtMs)
        {
            payload += bytes;
            headers += HeaderBytes + (expiresAtMs != 0 ? ExpiryBytes : 0);
        }
    }
}
