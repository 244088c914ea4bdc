using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// A get, gets, gat or gats line while its keys come in. A line may have any number of keys, more than any buffer
/// holds; so its keys are taken as they come, and what was taken is not looked at again. One session's.
/// </summary>
internal sealed class Retrieval
{
    private readonly ReplyBuffer _keys = new();
    private readonly ReplyBuffer _error = new();
    private MemcachedVerb _verb;
    private long _expiresAtMs;
    private bool _hasTime;
    private bool _isRefused;
    private int _seen;

    /// <summary>Whether a line has begun and not ended.</summary>
    public bool IsActive => _verb != MemcachedVerb.None;

    /// <summary>gat or gats.</summary>
    public bool Touches => _verb is MemcachedVerb.Gat or MemcachedVerb.Gats;

    /// <summary>gets or gats.</summary>
    public bool ShowsCas => _verb is MemcachedVerb.Gets or MemcachedVerb.Gats;

    /// <summary>The expiry that gat gives.</summary>
    public long ExpiresAtMs => _expiresAtMs;

    /// <summary>Keys that wait to be asked for together.</summary>
    public int Held { get; private set; }

    /// <summary>The only key held; empty when there are none or several.</summary>
    public ReadOnlySpan<byte> OnlyKey => Held == 1 ? _keys.WrittenSpan[OnlyKeyAt..] : default;

    /// <summary>What an error of a key that was asked for says; takes the place of END.</summary>
    public ReplyBuffer Error => _error;

    private const int CountBytes = sizeof(ushort);

    private const int OnlyKeyAt = CountBytes + sizeof(ulong) + sizeof(ushort);

    /// <summary>Whether the rest of the line is passed over.</summary>
    public bool IsRefused => _isRefused;

    /// <summary>Begins a line.</summary>
    public void Begin(MemcachedVerb verb)
    {
        _verb = verb;
        _hasTime = _isRefused = false;
        _expiresAtMs = 0;
        _seen = 0;
        Drop();
    }

    /// <summary>Takes a word that may be the time of gat. False when it is a key.</summary>
    /// <param name="word">The word.</param>
    /// <param name="nowMs">Unix milliseconds.</param>
    /// <param name="error">An error line, or nothing.</param>
    public bool TryTakeTime(scoped ReadOnlySpan<byte> word, long nowMs, out ReadOnlySpan<byte> error)
    {
        error = default;
        if (_hasTime || !Touches) return false;
        _hasTime = true;
        if (Numbers.TryInt32(word, out var seconds)) _expiresAtMs = Expiry.Of(seconds, nowMs);
        else error = ErrorText.BadExptime;
        return true;
    }

    /// <summary>Counts a key.</summary>
    public void Saw() => _seen++;

    /// <summary>Holds a key, to be asked for with others.</summary>
    public void Hold(ReadOnlySpan<byte> key)
    {
        if (Held == 0)
        {
            _keys.Clear();
            GetManyCodec.WriteCount(_keys, 0);
        }

        GetManyCodec.WritePath(_keys, PathHash.OfPath(key), key);
        Held++;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(_keys.WrittenSpan, (ushort)Held);
    }

    /// <summary>The request for the keys held; good until the next is held.</summary>
    public ReadOnlySpan<byte> Request => _keys.WrittenSpan;

    /// <summary>Forgets the keys held.</summary>
    public void Drop()
    {
        Held = 0;
        _keys.Clear();
    }

    /// <summary>Passes over the rest of the line.</summary>
    public void Refuse()
    {
        _isRefused = true;
        Drop();
    }

    /// <summary>Ends the line. False when it had not what the command needs.</summary>
    public bool End()
    {
        var isWhole = Touches ? _hasTime : _seen > 0;
        _verb = MemcachedVerb.None;
        return isWhole;
    }
}
