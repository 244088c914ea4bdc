using Hedgerow.Bench.Mixes;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>
/// The budget, against what the kernel says. Each mix runs in a process of its own that allocates nothing else
/// meanwhile, so that it makes no difference what the machine does besides.
/// </summary>
public sealed class StoreResidentMemoryTests
{
    private const long MiB = 1 << 20;

    public static TheoryData<string> Mixes => [.. StoreMix.All.Select(mix => mix.Name)];

    [Theory]
    [MemberData(nameof(Mixes))]
    public async Task Resident_memory_stays_within_the_budget_and_is_nearly_all_live(string mix)
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("reads /proc/self/status");
        var number = StoreMix.All.Select(m => m.Name).ToList().IndexOf(mix);

        // Code is compiled once, before the measuring begins: tiers of it would come to megabytes meanwhile.
        using var child = ChildProcess.Start(
            [("DOTNET_TieredCompilation", "0")], [ResidentMemoryProbe.Verb, $"{number}", $"{24 * MiB}"]);
        var output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, child.ExitCode);
        var reading = MixReading.Parse(output.Trim());
        var peak = reading.PeakBytes / (double)reading.BudgetBytes;
        Assert.True(peak <= 1.10, $"{peak:P1} of the budget were resident");
        Assert.True(reading.LiveShare >= 0.90, $"{reading.LiveShare:P1} of what was resident were live");

        // What is accounted is what the process holds; its own heap moves a little meanwhile.
        var accounted = reading.AllocatedBytes;
        Assert.InRange(reading.GrownBytes, (accounted * 8 / 10) - (4 * MiB), accounted + (4 * MiB));
    }
}
