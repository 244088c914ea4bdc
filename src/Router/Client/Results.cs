using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// An entry that was read. Its value lies in a pooled buffer: dispose it when done, and do not keep the memory.
/// </summary>
public readonly struct EntryResult : IDisposable
{
    private readonly Reply _reply;

    /// <summary>Takes over a Get's answer with status Ok or NotFound.</summary>
    internal EntryResult(Reply reply)
    {
        _reply = reply;
    }

    /// <summary>Whether a live entry has this path; the other members are zero when not.</summary>
    public bool Found => _reply.Status == StatusCode.Ok;

    /// <summary>The value; valid until <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Value => Found ? _reply.Body[EntryBody.PrefixLength..] : default;

    /// <summary>The client's own 32 bits.</summary>
    public uint EntryFlags => Read().EntryFlags;

    /// <summary>What the value is; of <see cref="EntryKind.Fields"/> a <see cref="FieldMap"/> reads it.</summary>
    public EntryKind Kind => Read().Kind;

    /// <summary>The entry's version.</summary>
    public ulong Version => _reply.Header.Version;

    /// <summary>When it expires; null means never.</summary>
    public DateTimeOffset? ExpiresAt =>
        Read().ExpiresAtMs is var ms and not 0 ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    /// <summary>
    /// How long ago a router's near-cache asked for it; zero when it comes from a leaf. It may have changed since.
    /// </summary>
    public TimeSpan Age => _reply.Header.Age;

    /// <summary>Gives the buffer back.</summary>
    public void Dispose() => _reply.Dispose();

    private EntryBody Read()
    {
        EntryBody.TryRead(_reply.Body.Span, out var entry);
        return entry;
    }
}

/// <summary>What there is to know of an entry without its value.</summary>
public readonly struct EntryHead
{
    private readonly HeadBody _head;

    internal EntryHead(bool found, ulong version, HeadBody head)
    {
        Found = found;
        Version = version;
        _head = head;
    }

    /// <summary>Whether a live entry has this path; the other members are zero when not.</summary>
    public bool Found { get; }

    /// <summary>The entry's version.</summary>
    public ulong Version { get; }

    /// <summary>The client's own 32 bits.</summary>
    public uint EntryFlags => _head.EntryFlags;

    /// <summary>When it expires; null means never.</summary>
    public DateTimeOffset? ExpiresAt =>
        _head.ExpiresAtMs is var ms and not 0 ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    /// <summary>What the value is.</summary>
    public EntryKind Kind => _head.Kind;

    /// <summary>Bytes of the value.</summary>
    public long ValueBytes => _head.ValueBytes;
}

/// <summary>How a write ended, where that was one of the expected ways; the rest throws.</summary>
/// <param name="Status">
/// Ok, NotFound (delete, touch, replace … of nothing), Exists (add), VersionMismatch (compare-and-set), NotANumber,
/// WrongKind (fields of a plain value, or the other way round).
/// </param>
/// <param name="Version">The version now stored.</param>
/// <param name="Replicas">Replicas that had it when the call returned.</param>
public readonly record struct WriteResult(StatusCode Status, ulong Version, int Replicas)
{
    /// <summary>Whether the write happened.</summary>
    public bool Succeeded => Status == StatusCode.Ok;
}

/// <summary>An expiry, flags and condition for a write. Default: no expiry, flags 0.</summary>
/// <param name="TimeToLive">From now, to the millisecond; null means never.</param>
/// <param name="EntryFlags">Kept with the value and given back with it.</param>
public readonly record struct WriteOptions(TimeSpan? TimeToLive = null, uint EntryFlags = 0);

/// <summary>
/// A request that failed in a way the caller did not ask about: unavailable, overloaded, past its deadline.
/// </summary>
public sealed class HedgerowException : Exception
{
    /// <summary>Makes one from an error status and its message.</summary>
    public HedgerowException(StatusCode status, string message)
        : base(message)
    {
        Status = status;
    }

    /// <summary>The kind of failure.</summary>
    public StatusCode Status { get; }
}
