using Hedgerow.Server.Hosting;

namespace Hedgerow.Server.Tests.Hosting;

/// <summary>What a process does before its first request.</summary>
public sealed class WarmUpTests
{
    [Fact]
    public async Task A_warm_up_stores_its_documents_though_its_time_is_over_and_tells_what_it_did()
    {
        var report = await WarmUp.RunAsync(TimeSpan.FromMilliseconds(1), TestContext.Current.CancellationToken);
        Assert.True(report.Elapsed > TimeSpan.Zero);
        Assert.True(report.Requests >= WarmUp.Documents);
    }

    [Fact]
    public async Task Without_time_there_is_none()
    {
        var report = await WarmUp.RunOnceAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);
        Assert.Equal(default, report);
    }

    [Fact]
    public async Task One_that_is_given_up_ends()
    {
        using var given = new CancellationTokenSource();
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => WarmUp.RunAsync(TimeSpan.FromMinutes(1), given.Token));
    }
}
