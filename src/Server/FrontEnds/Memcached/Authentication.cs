using System.Text;
using Hedgerow.Server.FrontEnds.Native;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// memcached's ASCII authentication: the first command is a set of any key, whose data is a user and auth.token. The
/// user is not looked at. Thread-safe.
/// </summary>
internal static class Authentication
{
    /// <summary>Bytes of a user and a token.</summary>
    public const int DataBytesMax = 2_048;

    /// <summary>The bytes of the data block with its line's end; 0 when the line is no authentication.</summary>
    public static int DataLength(in CommandLine line)
    {
        var isSet = line.Count is 5 or 6 && line[0].SequenceEqual("set"u8);
        if (!isSet || !Numbers.TryUInt32(line[4], out var bytes) || bytes > DataBytesMax) return 0;
        return (int)bytes + 2;
    }

    /// <summary>Judges a data block. The answer says how it ended.</summary>
    public static ReadOnlySpan<byte> Judge(
        scoped ReadOnlySpan<byte> data, SharedToken token, scoped out bool isAdmitted)
    {
        isAdmitted = false;
        if (!data.EndsWith("\r\n"u8)) return ErrorText.BadTermination;
        var text = data[..^2].TrimStart((byte)' ');
        var blank = text.IndexOf((byte)' ');
        if (blank < 0 || blank == text.Length - 1) return ErrorText.BadCredentials;
        isAdmitted = token.Admits(Encoding.UTF8.GetString(text[(blank + 1)..]));
        return isAdmitted ? "STORED\r\n"u8 : ErrorText.AuthenticationFailed;
    }
}
