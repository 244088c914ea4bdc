using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Wire;

/// <summary>
/// A protocol as bytes: requests written and replies read with as little work as can be, so that what is measured is
/// the server. One caller at a time.
/// </summary>
internal abstract class WireDialect(RequestContent content)
{
    /// <summary>Most bytes of what stands around paths and values.</summary>
    protected const int FrameBytesMax = 512;

    /// <summary>What a program may be told to speak.</summary>
    public static IReadOnlyList<string> Names { get; } = ["native", "resp", "memcached", "http"];

    /// <summary>Most bytes of one request.</summary>
    public virtual int RequestBytesMax =>
        FrameBytesMax + Math.Max(
            content.SearchBytesMax,
            Math.Max(content.Paths.BytesMax + content.Values.Length, content.ScanKeysMax * KeyBytesMax));

    /// <summary>Requests that may wait for answers on one connection.</summary>
    public virtual int InFlightMax => int.MaxValue;

    /// <summary>What a connection says first; empty for nothing. Answered by one reply.</summary>
    public virtual byte[] Greeting => [];

    protected RequestContent Content => content;

    /// <summary>Most bytes that one key of a scan takes.</summary>
    private int KeyBytesMax => content.Paths.BytesMax + 24;

    /// <summary>Makes the dialect of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="content">Paths and values.</param>
    /// <param name="token">Credentials; empty for none.</param>
    public static WireDialect Of(string name, RequestContent content, string token = "") => name switch
    {
        "native" => new NativeDialect(content, token),
        "resp" => new RespDialect(content, token),
        "memcached" => new MemcachedDialect(content),
        "http" => new HttpDialect(content, token),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such protocol."),
    };

    /// <summary>Whether a protocol has such an operation.</summary>
    public static bool Supports(string name, OperationKind kind) => kind switch
    {
        OperationKind.Search => name != "memcached",
        OperationKind.Instant => name is "native" or "http",
        _ => true,
    };

    /// <summary>Replies that a request gets: more than one where a protocol has no reads of many.</summary>
    public virtual int RepliesOf(in Operation operation) => 1;

    /// <summary>Writes a request, of <see cref="OperationKind.Modify"/> its read, and returns its length.</summary>
    /// <param name="output">Room for <see cref="RequestBytesMax"/>.</param>
    /// <param name="operation">What to ask.</param>
    /// <param name="id">Given back by replies that can overtake each other.</param>
    public abstract int Write(Span<byte> output, in Operation operation, uint id);

    /// <summary>Reads one reply from the front.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public abstract WireReply Read(ReadOnlySpan<byte> input);

    /// <summary>The text that cannot be a reply, for a message.</summary>
    protected static InvalidDataException Unexpected(ReadOnlySpan<byte> input) =>
        new($"The server answered what is no reply: '{System.Text.Encoding.Latin1.GetString(Front(input))}'.");

    private static ReadOnlySpan<byte> Front(ReadOnlySpan<byte> input) => input[..Math.Min(60, input.Length)];
}
