using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Router.Tests;

public sealed class TopologyFileTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ListLogger _log = new();
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"topology-{Guid.NewGuid():n}.json");

    public TopologyFileTests()
    {
        Write(epoch: 5, shards: 2);
    }

    public void Dispose()
    {
        _log.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void A_changed_file_is_taken_over_within_a_second()
    {
        using var file = TopologyFile.Open(_path, _time, _log);
        Write(epoch: 6, shards: 3);
        _time.Advance(TopologyFile.PollInterval);
        Assert.Equal(6u, file.Current.Epoch);
        Assert.Equal(3, file.Current.Shards.Count);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(4)]
    public void An_epoch_that_does_not_grow_is_refused_and_logged(uint epoch)
    {
        using var file = TopologyFile.Open(_path, _time, _log);
        Write(epoch, shards: 3);
        _time.Advance(TopologyFile.PollInterval);
        Assert.Equal(2, file.Current.Shards.Count);
        Assert.Contains(_log.Lines, l => l.Contains($"its epoch {epoch} is not above 5", StringComparison.Ordinal));
    }

    [Fact]
    public void A_broken_file_leaves_the_last_good_topology_in_force()
    {
        using var file = TopologyFile.Open(_path, _time, _log);
        File.WriteAllText(_path, "{ broken");
        _time.Advance(TopologyFile.PollInterval);
        Assert.Equal(5u, file.Current.Epoch);
        Assert.Contains(_log.Lines, l => l.Contains("this is not JSON", StringComparison.Ordinal));
        Write(epoch: 6, shards: 3);
        _time.Advance(TopologyFile.PollInterval);
        Assert.Equal(6u, file.Current.Epoch);
    }

    [Fact]
    public async Task A_refresh_looks_at_once()
    {
        using var file = TopologyFile.Open(_path, _time, _log);
        Write(epoch: 9, shards: 3);
        Assert.Equal(9u, (await file.RefreshAsync(5, TestContext.Current.CancellationToken)).Epoch);
    }

    [Fact]
    public void A_missing_file_is_an_error_that_names_it()
    {
        var missing = _path + ".missing";
        var error = Assert.Throws<TopologyException>(() => TopologyFile.Open(missing, _time, _log));
        Assert.StartsWith($"{missing} can't be read: ", error.Message, StringComparison.Ordinal);
    }

    private void Write(uint epoch, int shards)
    {
        File.WriteAllBytes(_path, TopologyJson.Write(Cluster.TopologyOf(epoch, shards, 1, 1)));
        // Two writes within the file system's grain would look alike.
        File.SetLastWriteTimeUtc(_path, new DateTime(2026, 1, 1).AddSeconds(epoch));
    }
}
