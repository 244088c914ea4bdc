using System.Globalization;
using System.Text;

namespace Hedgerow.Bench.Mixes;

/// <summary>What the kernel says that this process holds. Linux.</summary>
internal static class ResidentMemory
{
    /// <summary>Resident bytes that no file stands behind: heaps, stacks and all of a store.</summary>
    public static long AnonymousBytes => Read("RssAnon:"u8);

    /// <summary>All resident bytes.</summary>
    public static long Bytes => Read("VmRSS:"u8);

    /// <summary>Allocates nothing to speak of: it is called while memory is being measured.</summary>
    private static long Read(ReadOnlySpan<byte> name)
    {
        Span<byte> text = stackalloc byte[4_096];
        using var status = File.OpenHandle("/proc/self/status");
        text = text[..RandomAccess.Read(status, text, 0)];
        text = text[(text.IndexOf(name) + name.Length)..];
        text = text[..text.IndexOf("kB"u8)].Trim(" \t"u8);
        return long.Parse(Encoding.ASCII.GetString(text), CultureInfo.InvariantCulture) * 1024;
    }
}
