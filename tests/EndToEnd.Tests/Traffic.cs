using System.Collections.Concurrent;
using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.EndToEnd.Tests;

/// <summary>Reads and searches that go on until stopped, and everything that went wrong with them.</summary>
internal sealed class Traffic : IAsyncDisposable
{
    private const int Readers = 8;
    private readonly HedgerowClient _client;
    private readonly List<string> _paths;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly SemaphoreSlim _readsDone = new(0);
    private readonly SemaphoreSlim _searchesDone = new(0);
    private readonly Task _running;

    private Traffic(HedgerowClient client, List<string> paths)
    {
        _client = client;
        _paths = paths;
        _running = Task.WhenAll([.. Enumerable.Range(0, Readers).Select(ReadAsync), SearchAsync()]);
    }

    /// <summary>Failed reads and searches, and searches without whole coverage.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    public static Traffic Start(HedgerowClient client, List<string> paths) => new(client, paths);

    /// <summary>Waits for so many more reads and searches that begin from now on.</summary>
    public async Task AdvanceAsync(int reads, int searches)
    {
        while (await _readsDone.WaitAsync(0))
        {
        }

        while (await _searchesDone.WaitAsync(0))
        {
        }

        var cancel = TestContext.Current.CancellationToken;
        for (var i = 0; i < reads; i++) Assert.True(await _readsDone.WaitAsync(TimeSpan.FromSeconds(30), cancel));
        for (var i = 0; i < searches; i++) Assert.True(await _searchesDone.WaitAsync(TimeSpan.FromSeconds(30), cancel));
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        _readsDone.Dispose();
        _searchesDone.Dispose();
    }

    private async Task ReadAsync(int reader)
    {
        for (var i = reader; !_stop.IsCancellationRequested; i += Readers)
        {
            var path = _paths[i % _paths.Count];
            try
            {
                using var entry = await _client.GetAsync(path, CancellationToken.None);
                if (!entry.Found) _failures.Enqueue($"get {path}: not found");
            }
            catch (HedgerowException failure)
            {
                _failures.Enqueue($"get {path}: {failure.Message}");
            }

            _readsDone.Release();
        }
    }

    private async Task SearchAsync()
    {
        var request = new SearchRequest
        {
            Collection = "words", Query = new QueryStringQuery("bird OR tree", [], AllWords: false), Size = 5,
        };
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var reply = await _client.SearchAsync(request, CancellationToken.None);
                if (!reply.Coverage.IsWhole) _failures.Enqueue($"search: coverage {reply.Coverage}");
                if (reply.Hits.Count == 0) _failures.Enqueue("search: no hits");
            }
            catch (HedgerowException failure)
            {
                _failures.Enqueue($"search: {failure.Message}");
            }

            _searchesDone.Release();
        }
    }
}
