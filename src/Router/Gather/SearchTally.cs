namespace Hedgerow.Router;

/// <summary>
/// What one search under way has sent to leaves. It goes with the flow of the search (<see
/// cref="CallServices.Tallies"/>), so that no room on the way has to hand it on. Thread-safe.
/// </summary>
internal sealed class SearchTally
{
    private int _requests;
    private int _hedges;
    private int _retries;

    /// <summary>Requests to shards, of all its rounds, without second copies.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Second copies, of twins too.</summary>
    public int Hedges => Volatile.Read(ref _hedges);

    /// <summary>Requests sent to another replica after an error.</summary>
    public int Retries => Volatile.Read(ref _retries);

    public void Request() => Interlocked.Increment(ref _requests);

    public void Hedge() => Interlocked.Increment(ref _hedges);

    public void Retry() => Interlocked.Increment(ref _retries);
}
