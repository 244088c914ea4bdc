using System.Globalization;

namespace Hedgerow.Leaf.Tests.Cache;

public sealed class StoreResidentMemoryTests
{
    private const long MiB = 1 << 20;

    [Theory]
    [InlineData(20)]
    [InlineData(12)]
    public async Task What_is_accounted_is_what_the_process_holds(int largestLog2)
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("reads /proc/self/status");
        using var child = ChildProcess.Start(ResidentMemoryProbe.Verb, $"{largestLog2}");
        var output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, child.ExitCode);
        var numbers = output.Split(' ').Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        var (accounted, grown) = (numbers[0], numbers[1]);

        // The process's own heap moves a little meanwhile.
        Assert.InRange(grown, (accounted * 8 / 10) - (16 * MiB), accounted + (16 * MiB));
    }
}
