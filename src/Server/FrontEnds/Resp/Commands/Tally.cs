using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>
/// Operations on many keys that are under way together: counts those that ended well, and remembers the first failure.
/// Not thread-safe: one command's steps.
/// </summary>
internal sealed class Tally(RespCall call)
{
    /// <summary>Under way at once, at most: enough to fill a write to each leaf.</summary>
    private const int UnderWayMax = 256;

    private readonly List<Pending> _pending = [];
    private StatusCode _failure = StatusCode.Ok;
    private byte[] _failureText = [];

    /// <summary>Operations that ended with Ok.</summary>
    public long Done { get; private set; }

    /// <summary>Whether to wait before adding more.</summary>
    public bool IsFull => _pending.Count >= UnderWayMax;

    /// <summary>Whether none is under way.</summary>
    public bool IsIdle => _pending.Count == 0;

    /// <summary>Takes over an operation. <paramref name="what"/> is told when it ends with Ok.</summary>
    public void Add(int keyAt, ValueTask<EntryResult> send, RespEvent? what = null)
    {
        if (send.IsCompletedSuccessfully) Count(keyAt, send.Result, what);
        else _pending.Add(new Pending(keyAt, send, what));
    }

    /// <summary>Waits until all are done.</summary>
    public async ValueTask WaitAsync()
    {
        try
        {
            foreach (var each in _pending) Count(each.KeyAt, await each.Send, each.What);
        }
        finally
        {
            _pending.Clear();
        }
    }

    /// <summary>Whether one failed; its error is the answer then.</summary>
    public bool Failed()
    {
        if (_failure == StatusCode.Ok) return false;
        RespErrors.WriteFailure(call.Reply, _failure, _failureText);
        return true;
    }

    private void Count(int keyAt, EntryResult result, RespEvent? what)
    {
        using (result)
        {
            switch (result.Status)
            {
                case StatusCode.Ok:
                    Done++;
                    if (what != null) call.Notify(what, call[keyAt]);
                    break;
                case StatusCode.NotFound:
                    break;
                default:
                    if (_failure != StatusCode.Ok) break;
                    _failure = result.Status;
                    _failureText = result.Value.ToArray();
                    break;
            }
        }
    }

    private readonly record struct Pending(int KeyAt, ValueTask<EntryResult> Send, RespEvent? What);
}
