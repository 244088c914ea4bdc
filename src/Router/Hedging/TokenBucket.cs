namespace Hedgerow.Router;

/// <summary>
/// A budget as a share of requests: each request earns a fraction of a token, each extra costs one. Bounded, so that
/// quiet hours do not save up for a storm. Thread-safe, allocates nothing.
/// </summary>
internal sealed class TokenBucket
{
    private const double Unit = 1_000_000;
    private readonly long _earned;
    private readonly long _most;
    private long _tokens;

    /// <param name="share">Tokens earned by a request, 0 to 1.</param>
    /// <param name="most">Tokens it holds at most.</param>
    /// <param name="initial">Tokens it begins with.</param>
    public TokenBucket(double share, double most, double initial)
    {
        _earned = (long)(share * Unit);
        _most = (long)(most * Unit);
        _tokens = (long)(initial * Unit);
    }

    public void Earn(int requests = 1)
    {
        var tokens = Volatile.Read(ref _tokens);
        // Losing one of two concurrent earnings errs on the side of fewer extras.
        var earned = Math.Min(_most, tokens + (_earned * requests));
        if (tokens < _most) Interlocked.CompareExchange(ref _tokens, earned, tokens);
    }

    /// <summary>Gives one token back that was spent for nothing.</summary>
    public void Return() => Add((long)Unit);

    /// <summary>Takes one token that is owed, be there one or not.</summary>
    public void Owe() => Add(-(long)Unit);

    public bool TrySpend()
    {
        while (true)
        {
            var tokens = Volatile.Read(ref _tokens);
            if (tokens < (long)Unit) return false;
            if (Interlocked.CompareExchange(ref _tokens, tokens - (long)Unit, tokens) == tokens) return true;
        }
    }

    private void Add(long change)
    {
        while (true)
        {
            var tokens = Volatile.Read(ref _tokens);
            var changed = Math.Min(_most, tokens + change);
            if (Interlocked.CompareExchange(ref _tokens, changed, tokens) == tokens) return;
        }
    }
}
