using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Answers to reads of hot paths, kept by the router for a bounded time. Reads take no lock and copy nothing: the bytes
/// of an entry never change, and are the garbage collector's when it is gone. Thread-safe.
/// </summary>
/// <remarks>
/// <b>Staleness.</b> An answer is as old as the moment its read was sent, and is given out until that is
/// <see cref="NearCacheOptions.MaxAge"/> ago. A write through this router ends it at once (<see cref="WriteStamps"/>),
/// and so does the entry's own expiry. Each answer given out says its age.
/// <b>Memory.</b> At most <see cref="NearCacheOptions.Bytes"/>, the path and <see cref="OverheadBytes"/> of each
/// counted; an answer with more than an eighth of that is not kept. A path has four places and drives out the oldest.
/// </remarks>
internal sealed class NearCache
{
    /// <summary>What an entry has beside path and value.</summary>
    public const int OverheadBytes = 192;

    private const int Places = 1_024;
    private const int Probes = 4;

    private readonly Lock _gate = new();
    private readonly Entry?[] _entries = new Entry?[Places];
    private readonly RouterClock _clock;
    private readonly WriteStamps _stamps;
    private readonly long _bytesMax;
    private readonly long _ageTicksMax;
    private long _bytes;
    private int _hand;

    public NearCache(NearCacheOptions options, RouterClock clock, WriteStamps stamps)
    {
        _clock = clock;
        _stamps = stamps;
        _bytesMax = options.Bytes;
        _ageTicksMax = clock.Ticks(options.MaxAge);
    }

    public bool IsOn => _bytesMax > 0;

    /// <summary>Bytes held.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The answer to a Get that asks for no version, if there is one that may be given.</summary>
    public bool TryGet(ReadOnlySpan<byte> path, ulong hash, long now, out Reply reply)
    {
        reply = default;
        if (Find(path, hash) is not { } entry || !MayBeGiven(entry, now)) return false;
        var header = entry.Header with
        {
            Flags = FrameFlags.Aged,
            QueueLength = 0,
            QueueMicros = (uint)Math.Clamp(_clock.Micros(now - entry.SentAt), 0, uint.MaxValue),
            ServiceMicros = 0,
        };
        reply = new Reply(header, entry.Body, 0, entry.Body.Length, pooled: false);
        return true;
    }

    /// <summary>Keeps a copy of an answer, unless it is too large or a write came meanwhile.</summary>
    /// <param name="path">Whose it is.</param>
    /// <param name="hash">XXH3-64 of it.</param>
    /// <param name="reply">Ok or NotFound; others are not kept.</param>
    /// <param name="sentAt">When the read was sent.</param>
    /// <param name="stamp">What <see cref="WriteStamps"/> said then.</param>
    /// <returns>Whether it is kept.</returns>
    public bool Keep(ReadOnlySpan<byte> path, ulong hash, in Reply reply, long sentAt, long stamp)
    {
        var bytes = path.Length + reply.Body.Length + OverheadBytes;
        if (reply.Status is not (StatusCode.Ok or StatusCode.NotFound) || bytes > _bytesMax / 8)
            return false;
        if (_stamps.Of(hash) != stamp) return false;
        var expiresAtMs = EntryBody.TryRead(reply.Body.Span, out var read) ? read.ExpiresAtMs : 0;
        var entry = new Entry(
            hash, path.ToArray(), reply.Header, reply.Body.ToArray(), sentAt, stamp, expiresAtMs, bytes);
        lock (_gate)
        {
            Put(PlaceFor(path, hash), entry);
            while (_bytes > _bytesMax) EvictNext(entry);
        }

        return true;
    }

    private Entry? Find(ReadOnlySpan<byte> path, ulong hash)
    {
        for (var probe = 0; probe < Probes; probe++)
        {
            var entry = Volatile.Read(ref _entries[(hash + (ulong)probe) % Places]);
            if (entry is not null && entry.Hash == hash && path.SequenceEqual(entry.Path)) return entry;
        }

        return null;
    }

    private bool MayBeGiven(Entry entry, long now) =>
        now - entry.SentAt <= _ageTicksMax && entry.Stamp == _stamps.Of(entry.Hash)
            && (entry.ExpiresAtMs == 0 || entry.ExpiresAtMs > _clock.Time.GetUtcNow().ToUnixTimeMilliseconds());

    private int PlaceFor(ReadOnlySpan<byte> path, ulong hash)
    {
        var oldest = -1;
        for (var probe = 0; probe < Probes; probe++)
        {
            var place = (int)((hash + (ulong)probe) % Places);
            var entry = _entries[place];
            if (entry is not null && entry.Hash == hash && path.SequenceEqual(entry.Path)) return place;
            if (oldest < 0 || SentAt(place) < SentAt(oldest)) oldest = place;
        }

        return oldest;
    }

    private long SentAt(int place) => _entries[place]?.SentAt ?? long.MinValue;

    private void Put(int place, Entry? entry)
    {
        var bytes = (entry?.Bytes ?? 0) - (_entries[place]?.Bytes ?? 0);
        Volatile.Write(ref _entries[place], entry);
        Volatile.Write(ref _bytes, _bytes + bytes);
    }

    private void EvictNext(Entry kept)
    {
        _hand = (_hand + 1) % Places;
        if (_entries[_hand] != kept) Put(_hand, null);
    }

    private sealed record Entry(
        ulong Hash, byte[] Path, ReplyHeader Header, byte[] Body, long SentAt, long Stamp, long ExpiresAtMs, int Bytes);
}
