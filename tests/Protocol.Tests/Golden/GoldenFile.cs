using System.Text;

namespace Hedgerow.Protocol.Tests;

/// <summary>
/// The checked-in bytes of every message, per protocol version. To make the file of a new message, run the tests once
/// with HEDGEROW_GOLDEN=write in the environment; a file that exists is never overwritten, because its bytes are a
/// promise.
/// </summary>
internal static class GoldenFile
{
    private const int BytesPerLine = 32;

    public static byte[] Read(string name, ReadOnlySpan<byte> written)
    {
        var path = Path.Combine(Checkout.Root, "tests", "Protocol.Tests", "Golden", "v1", name + ".hex");
        if (!File.Exists(path) && Environment.GetEnvironmentVariable("HEDGEROW_GOLDEN") == "write")
            File.WriteAllText(path, Format(written));
        Assert.True(File.Exists(path), $"{path} is missing; its bytes would be\n{Format(written)}");
        return Convert.FromHexString(string.Concat(File.ReadAllLines(path)));
    }

    private static string Format(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        for (var at = 0; at < bytes.Length; at += BytesPerLine)
            text.Append(Convert.ToHexStringLower(bytes[at..Math.Min(bytes.Length, at + BytesPerLine)])).Append('\n');
        return text.ToString();
    }
}
