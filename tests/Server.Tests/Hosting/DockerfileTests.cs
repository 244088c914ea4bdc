using System.Diagnostics;

namespace Hedgerow.Server.Tests.Hosting;

public sealed class DockerfileTests
{
    [Fact]
    public async Task The_Dockerfile_is_as_its_check_wants_it()
    {
        var start = new ProcessStartInfo("bash", "eng/check-dockerfile.sh")
        {
            WorkingDirectory = Checkout.Root, RedirectStandardError = true, RedirectStandardOutput = true,
        };
        using var check = Process.Start(start)!;
        var errors = await check.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await check.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(check.ExitCode == 0, errors);
    }
}
