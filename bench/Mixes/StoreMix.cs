namespace Hedgerow.Bench.Mixes;

/// <summary>What is done to a store to see what becomes of its memory.</summary>
/// <param name="Name">Short, for tables and tests.</param>
/// <param name="Turnovers">How often the budget is written before it ends.</param>
/// <param name="IsSteady">
/// Whether the store is held to 90 % live all the time once it is full; else only where the mix rests.
/// </param>
/// <param name="Step">One step; gets its number and the store's budget.</param>
internal sealed record StoreMix(string Name, double Turnovers, bool IsSteady, Action<MixClient, long, long> Step)
{
    private const int LifeMsMax = 60_000;
    private const int StormBytes = 400;

    public static IReadOnlyList<StoreMix> All { get; } =
    [
        Of("1 byte", 1, (client, _) => 1),
        Of("100 bytes", 2, (client, _) => 100),
        Of("1,000 bytes", 4, (client, _) => 1_000),
        Of("4,096 bytes", 5, (client, _) => 4_096),
        Of("30,000 bytes", 6, (client, _) => 30_000),
        Of("1 byte to 4 KiB", 4, (client, _) => client.LogSize(12)),
        Of("1 byte to 1 MiB", 12, (client, _) => client.LogSize(20)),
        Of("1 byte to 16 MiB", 40, (client, _) => client.LogSize(24)),
        Of("50 bytes or 64 KiB", 12, (client, _) => client.Random.Next(20) == 0 ? 65_536 : 50),
        new("lives of 1 to 60 s", 2.5, true, Expire),
        new("overwrites that grow and shrink", 12, true, Overwrite),
        new("overwrites ninefold, seldom swept", 12, true, OverwriteHarshly),
        new("deletes of nine in ten", 5, false, DeleteStorm),
        new("1 byte, then 4,096", 3, true, SmallThenLarge),
    ];

    /// <summary>New paths and old ones, of sizes that follow a rule.</summary>
    private static StoreMix Of(string name, double turnovers, Func<MixClient, long, int> size) =>
        new(name, turnovers, true, (client, step, budget) =>
        {
            var isOld = client.Random.Next(4) == 0 && step > 1_000;
            client.Set(isOld ? step - client.Random.Next(1_000) : step, size(client, step));
        });

    /// <summary>
    /// As many a second as keep about seven tenths of the budget alive; so memory comes from the sweep alone.
    /// </summary>
    private static void Expire(MixClient client, long step, long budget)
    {
        const int Bytes = 550 + MixClient.PathBytes + 24;
        var aliveBytesAtOneMs = (long)Bytes * LifeMsMax / 2;
        client.Set(step, client.Random.Next(100, 1_000), client.Random.Next(1_000, LifeMsMax));

        // Steps for each millisecond, or milliseconds for each step.
        var perMs = budget * 7 / 10 / (double)aliveBytesAtOneMs;
        if (client.Random.NextDouble() < 1 / perMs) client.Pass(Math.Max(1, (long)(1 / perMs)));
    }

    /// <summary>
    /// A fixed number of paths; each round most are written, in other sizes than in the round before; 2 % a second.
    /// </summary>
    private static void Overwrite(MixClient client, long step, long budget)
    {
        var paths = budget / 1_500;
        var phase = (int)(step / paths % 10);
        var size = 100 * (phase < 5 ? phase + 4 : 14 - phase);
        client.Set(client.Random.NextInt64(paths), size + client.Random.Next(size));
        if (step % (paths / 50) == 0) client.Pass(1_000);
    }

    /// <summary>
    /// The same with sizes that grow to nine times and shrink again, and a sweep only when 11 % were written: what is
    /// dead between two of them is the writes' to deal with.
    /// </summary>
    private static void OverwriteHarshly(MixClient client, long step, long budget)
    {
        var paths = budget / 1_500;
        var phase = (int)(step / paths % 10);
        var size = 100 * (phase < 5 ? (2 * phase) + 1 : 19 - (2 * phase));
        client.Set(client.Random.NextInt64(paths), size + client.Random.Next(size));
        if (step % (paths / 9) == 0) client.Pass(1_000);
    }

    /// <summary>Fills the store, deletes nine of ten, lets two minutes pass, and begins again.</summary>
    private static void DeleteStorm(MixClient client, long step, long budget)
    {
        var round = budget / (StormBytes + 60);
        client.Set(step, StormBytes / 2 + client.Random.Next(StormBytes));
        if (step % round != round - 1) return;
        for (var i = step - round + 1; i <= step; i++)
        {
            if (client.Random.Next(10) != 0) client.Delete(i);
        }

        for (var i = 0; i < 120; i++) client.Pass(1_000);
    }

    private static void SmallThenLarge(MixClient client, long step, long budget)
    {
        if (client.WrittenBytes < budget / 2)
        {
            client.Set(step, 1);
            return;
        }

        // Used, or they would not be admitted in place of four small ones each.
        client.Set(step, 4_096);
        client.Get(step);
        client.Get(step);
        if (step % 1_000 == 0) client.Pass(1_000);
    }
}
