using System.Text;
using System.Text.RegularExpressions;

namespace Hedgerow.Protocol.Tests;

/// <summary>docs/PROTOCOL.md says what the code does.</summary>
public partial class DocumentationTests
{
    private static readonly string[] Page =
        File.ReadAllLines(Path.Combine(Checkout.Root, "docs", "PROTOCOL.md"));

    [Fact]
    public void The_table_of_operations_is_the_codes() => Assert.Equal(
        OpcodeTable.Rows.Select(row =>
            $"| 0x{(byte)row.Opcode:X2} | {row.Opcode} | {Kind(row.Kind)} | {row.Request} | {row.Reply} |"),
        Page.Where(line => line.StartsWith("| 0x", StringComparison.Ordinal) && line.Count(c => c == '|') == 6));

    [Fact]
    public void Every_opcode_has_a_row() => Assert.Equal(
        Enum.GetValues<Opcode>().Where(opcode => opcode != Opcode.None),
        OpcodeTable.Rows.Select(row => row.Opcode));

    [Fact]
    public void The_table_of_statuses_is_the_codes() => Assert.Equal(
        Enum.GetValues<StatusCode>().Select(status => $"{(byte)status} {status}"),
        Page.Select(line => StatusRow().Match(line)).Where(row => row.Success)
            .Select(row => $"{row.Groups["value"].Value} {row.Groups["name"].Value}"));

    [Fact]
    public void The_table_of_flags_is_the_codes() => Assert.Equal(
        Enum.GetValues<FrameFlags>().Where(flag => flag != FrameFlags.None).Select(flag => $"{(ushort)flag:x4} {flag}"),
        Page.Select(line => FlagRow().Match(line)).Where(row => row.Success)
            .Select(row => $"{row.Groups["bit"].Value} {row.Groups["name"].Value}"));

    [Fact]
    public void The_example_hashes_are_right()
    {
        var rows = Page.Select(line => HashRow().Match(line)).Where(row => row.Success).ToArray();

        Assert.Equal(4, rows.Length);
        Assert.All(rows, row =>
        {
            var path = Encoding.UTF8.GetBytes(row.Groups["path"].Value);
            Assert.Equal(row.Groups["key"].Value, Encoding.UTF8.GetString(PathHash.ShardKey(path)));
            Assert.Equal(
                $"{PathHash.OfPath(path):x16} {PathHash.OfShardKey(path):x16}",
                $"{row.Groups["ofPath"].Value} {row.Groups["ofKey"].Value}");
        });
    }

    [Theory]
    [InlineData("hello-request")]
    [InlineData("set-request")]
    [InlineData("set-reply")]
    [InlineData("get-request")]
    [InlineData("get-reply")]
    public void The_worked_example_shows_the_golden_bytes(string frame)
    {
        var start = Array.FindIndex(Page, line => line.Contains("A worked example", StringComparison.Ordinal));
        var example = Page[start..];
        var bytes = string.Concat(example.Select(line => HexLine().Match(line).Groups["hex"].Value.Replace(" ", "")));

        Assert.Contains(Convert.ToHexStringLower(SampleFrames.All[frame]), bytes);
    }

    private static string Kind(OpcodeKind kind) =>
        kind == OpcodeKind.ConditionalWrite ? "conditional" : kind.ToString().ToLowerInvariant();

    [GeneratedRegex(@"^\| (?<value>\d+) \| (?<name>[A-Z]\w+) \| ")]
    private static partial Regex StatusRow();

    [GeneratedRegex(@"^\| 0x(?<bit>[0-9a-f]{4}) \| (?<name>\w+) \| ")]
    private static partial Regex FlagRow();

    [GeneratedRegex(@"^\| `(?<path>[^`]+)` \| `(?<key>[^`]+)` \| (?<ofPath>[0-9a-f]{16}) \| (?<ofKey>[0-9a-f]{16}) \|")]
    private static partial Regex HashRow();

    [GeneratedRegex(@"^(?<hex>(?:(?:[0-9a-f]{2})+ ?)+)(?:\s{2,}|$)")]
    private static partial Regex HexLine();
}
