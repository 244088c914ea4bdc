using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Wire;

/// <summary>
/// A protocol as bytes: requests written and replies read with as little work as can be, so that what is measured is
/// the server. One caller at a time.
/// </summary>
internal abstract class WireDialect
{
    /// <summary>What a program may be told to speak.</summary>
    public static IReadOnlyList<string> Names { get; } = ["native", "resp", "memcached"];

    /// <summary>Most bytes of one request.</summary>
    public abstract int RequestBytesMax { get; }

    /// <summary>What a connection says first; empty for nothing. Answered by one reply.</summary>
    public virtual byte[] Greeting => [];

    /// <summary>Makes the dialect of a name.</summary>
    public static WireDialect Of(string name, WireKeys keys, byte[] value) => name switch
    {
        "native" => new NativeDialect(keys, value),
        "resp" => new RespDialect(keys, value),
        "memcached" => new MemcachedDialect(keys, value),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such protocol."),
    };

    /// <summary>Writes a read and returns its length.</summary>
    /// <param name="output">Room for <see cref="RequestBytesMax"/>.</param>
    /// <param name="key">Number of the key.</param>
    /// <param name="id">Given back by replies that can overtake each other.</param>
    public abstract int WriteGet(Span<byte> output, long key, uint id);

    /// <summary>Writes a write and returns its length.</summary>
    public abstract int WriteSet(Span<byte> output, long key, uint id);

    /// <summary>Reads one reply from the front.</summary>
    /// <param name="input">What came.</param>
    /// <param name="id">The next in order; changed when the reply says another.</param>
    /// <param name="outcome">How it went.</param>
    /// <returns>Its bytes, or 0 when it has not come whole.</returns>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public abstract int Read(ReadOnlySpan<byte> input, ref uint id, out Outcome outcome);

    /// <summary>The text that cannot be a reply, for a message.</summary>
    protected static InvalidDataException Unexpected(ReadOnlySpan<byte> input) =>
        new($"The server answered what is no reply: '{System.Text.Encoding.Latin1.GetString(Front(input))}'.");

    private static ReadOnlySpan<byte> Front(ReadOnlySpan<byte> input) => input[..Math.Min(60, input.Length)];
}

/// <summary>Keys of one length: a prefix and nine digits.</summary>
internal sealed class WireKeys(string prefix)
{
    private const int Digits = 9;

    private readonly byte[] _prefix = System.Text.Encoding.UTF8.GetBytes(prefix);

    public int Length => _prefix.Length + Digits;

    public void Write(Span<byte> output, long key)
    {
        _prefix.CopyTo(output);
        for (var i = Length - 1; i >= _prefix.Length; i--)
        {
            (key, var digit) = Math.DivRem(key, 10);
            output[i] = (byte)('0' + digit);
        }
    }
}
