using System.Buffers;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>Redis 7.0's own error texts, so that clients which look at them find what they know.</summary>
internal static class RespErrors
{
    private const int QuotedBytesMax = 128;

    public static ReadOnlySpan<byte> Syntax => "ERR syntax error"u8;

    public static ReadOnlySpan<byte> NotAnInteger => "ERR value is not an integer or out of range"u8;

    public static ReadOnlySpan<byte> NotAFloat => "ERR value is not a valid float"u8;

    public static ReadOnlySpan<byte> WrongType =>
        "WRONGTYPE Operation against a key holding the wrong kind of value"u8;

    public static ReadOnlySpan<byte> NoSuchKey => "ERR no such key"u8;

    public static ReadOnlySpan<byte> CrossSlot => "CROSSSLOT Keys in request don't hash to the same slot"u8;

    public static ReadOnlySpan<byte> NoAuth => "NOAUTH Authentication required."u8;

    public static ReadOnlySpan<byte> WrongPass =>
        "WRONGPASS invalid username-password pair or user is disabled."u8;

    public static ReadOnlySpan<byte> NoProto => "NOPROTO unsupported protocol version"u8;

    public static ReadOnlySpan<byte> ExecAbort =>
        "EXECABORT Transaction discarded because of previous errors."u8;

    public static ReadOnlySpan<byte> TooLong =>
        "ERR string exceeds maximum allowed size (proto-max-bulk-len)"u8;

    /// <summary>
    /// The name is not in the table; the arguments are quoted as Redis does, 128 bytes of them, each up to its first
    /// zero.
    /// </summary>
    public static void WriteUnknownCommand(RespReply reply, in RespArgs args)
    {
        var text = new ArrayBufferWriter<byte>(4 * QuotedBytesMax);
        text.Write("ERR unknown command '"u8);
        text.Write(Quoted(args[0], QuotedBytesMax));
        text.Write("', with args beginning with: "u8);
        var quoted = 0;
        for (var i = 1; i < args.Count && quoted < QuotedBytesMax; i++)
        {
            var shown = Quoted(args[i], QuotedBytesMax - quoted);
            text.Write("'"u8);
            text.Write(shown);
            text.Write("' "u8);
            quoted += shown.Length + 3;
        }

        reply.Error(text.WrittenSpan);
    }

    /// <summary>No such option of EXPIRE and its like; as C shows it, up to its first zero.</summary>
    public static string UnsupportedOption(ReadOnlySpan<byte> word) =>
        "ERR Unsupported option " + Latin(word, word.Length);

    private static ReadOnlySpan<byte> Quoted(ReadOnlySpan<byte> word, int most)
    {
        var end = word.IndexOf((byte)0);
        return word[..Math.Min(end < 0 ? word.Length : end, most)];
    }

    /// <summary>A container has no such subcommand.</summary>
    public static string UnknownSubcommand(RespCommand container, ReadOnlySpan<byte> word) =>
        $"ERR unknown subcommand '{Latin(word, QuotedBytesMax)}'. Try {container.Name.ToUpperInvariant()} HELP.";

    /// <summary>What is said where a subcommand that takes some arguments has too many.</summary>
    public static string WrongSubcommand(RespCommand container, ReadOnlySpan<byte> word) =>
        $"ERR unknown subcommand or wrong number of arguments for '{Latin(word, QuotedBytesMax)}'. "
        + $"Try {container.Name.ToUpperInvariant()} HELP.";

    /// <summary>Too few or too many arguments.</summary>
    public static string WrongArity(RespCommand command) =>
        $"ERR wrong number of arguments for '{command.FullName}' command";

    /// <summary>A time to live that is not positive, or leaves the range of the clock.</summary>
    public static string InvalidExpire(string command) => $"ERR invalid expire time in '{command}' command";

    /// <summary>
    /// What a failure of the store or the cluster says: statuses that no command expects. <paramref name="message"/>
    /// is the body of the error reply; may be empty.
    /// </summary>
    public static void WriteFailure(RespReply reply, StatusCode status, ReadOnlySpan<byte> message)
    {
        switch (status)
        {
            case StatusCode.TooLarge:
                reply.Error(TooLong);
                break;
            case StatusCode.WrongKind:
                reply.Error(WrongType);
                break;
            case StatusCode.NotANumber:
                reply.Error(NotAnInteger);
                break;
            case StatusCode.Overloaded when message.IsEmpty:
                // A queue that is full says so; the store, which has no room left to make, says nothing.
                reply.Error("OOM command not allowed when used memory > 'maxmemory'."u8);
                break;
            default:
                var text = message.IsEmpty ? Reason(status) : Encoding.UTF8.GetString(message);
                reply.Error(Code(status) + " " + text);
                break;
        }
    }

    private static string Code(StatusCode status) => status switch
    {
        StatusCode.Unavailable or StatusCode.WrongShard or StatusCode.NotOwner => "CLUSTERDOWN",
        StatusCode.Overloaded => "TRYAGAIN",
        StatusCode.ReadOnly => "READONLY",
        StatusCode.Unauthorized => "NOPERM",
        _ => "ERR",
    };

    private static string Reason(StatusCode status) => status switch
    {
        StatusCode.Unavailable => "no replica of the key's shard can be reached now",
        StatusCode.Overloaded => "the server is overloaded; nothing was done",
        StatusCode.DeadlineExceeded => "the command was not answered within its deadline",
        StatusCode.ReadOnly => "the leaf cannot write now",
        StatusCode.VersionTooOld => "a newer write of the same key came first",
        _ => "the command failed: " + status,
    };

    private static string Latin(ReadOnlySpan<byte> bytes, int max) => Encoding.Latin1.GetString(Quoted(bytes, max));
}
