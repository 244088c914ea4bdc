using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// What one read knows of its tie: which copies began, and who lost. Part of the read, under its gate; default is none.
/// </summary>
internal struct ReadTie
{
    private const ulong TwinBit = 1;
    private int _twinReplica;
    private uint _begun;

    /// <summary>What it means that a copy began.</summary>
    public enum News
    {
        /// <summary>Nothing new.</summary>
        None,

        /// <summary>It is the first.</summary>
        First,

        /// <summary>It is the second: the work is done twice.</summary>
        Both,

        /// <summary>They are of another read.</summary>
        Others,
    }

    /// <summary>Of the first copy; 0 for none.</summary>
    public ulong Id { get; private set; }

    /// <summary>When the twin is to be sent.</summary>
    public long TwinAt { get; set; }

    /// <summary>The copy that was cancelled as the other began.</summary>
    public Attempt? Loser { get; private set; }

    /// <summary>Whether the twin's token was given back.</summary>
    public bool IsReturned { get; private set; }

    /// <summary>While one copy has begun, the id of the other.</summary>
    public readonly ulong IdOfOther => _begun == 1 ? Id | TwinBit : Id;

    /// <summary>Whether the read is tied.</summary>
    public readonly bool IsOn => Id != 0;

    /// <summary>Whether both copies are queued, for all that is known.</summary>
    public readonly bool IsOpen => _twinReplica != 0 && _begun == 0;

    public readonly bool HasBegun => _begun != 0;

    public void Begin(ulong id)
    {
        Id = id;
        TwinAt = long.MaxValue;
    }

    /// <summary>The twin goes to this replica.</summary>
    public void Open(int replica) => _twinReplica = replica + 1;

    /// <summary>One of two queued copies came to nothing; false when there were not two.</summary>
    public bool TryClose()
    {
        if (!IsOpen) return false;
        _twinReplica = 0;
        return true;
    }

    /// <summary>The header of a copy: that of a tied one says which it is.</summary>
    public readonly RequestHeader Mark(Attempt attempt, in RequestHeader header)
    {
        if (!IsOn || _begun != 0) return header;
        var isTwin = attempt.IsHedge && attempt.Replica + 1 == _twinReplica;
        if (attempt.IsHedge && !isTwin) return header;
        return header with { Flags = header.Flags | FrameFlags.Tied, PathHash = isTwin ? Id | TwinBit : Id };
    }

    /// <summary>A leaf began to work on a copy.</summary>
    public News OnBegun(ulong idOfCopy, ReadOnlySpan<Attempt> attempts)
    {
        var copy = 1u << (int)(idOfCopy & TwinBit);
        if (!IsOn || (idOfCopy & ~TwinBit) != Id) return News.Others;
        if ((_begun & copy) != 0) return News.None;
        var isFirst = _begun == 0;
        _begun |= copy;
        if (!isFirst) return News.Both;
        Attempt? first = null, twin = null;
        foreach (var attempt in attempts)
        {
            if (attempt.IsDone) continue;
            if (!attempt.IsHedge) first = attempt;
            else if (attempt.Replica + 1 == _twinReplica) twin = attempt;
        }

        if (first is not null && twin is not null) Loser = copy == 1 ? twin : first;
        return News.First;
    }

    /// <summary>Whether the loser is known to have done nothing, so that its token is given back; true once.</summary>
    public bool TryReturn() => !IsReturned && _begun is 1 or 2 && (IsReturned = true);
}
