using System.Text;
using Hedgerow.Server.FrontEnds.Memcached;

namespace Hedgerow.Server.Tests.Memcached;

/// <summary>docs/MEMCACHED.md says what the tables say. UPDATE_DOCS=1 writes it.</summary>
public sealed class MemcachedPageTests
{
    [Fact]
    public void The_page_has_every_command()
    {
        var text = new StringBuilder("| command | what follows | what it does |\n| --- | --- | --- |\n");
        foreach (var row in MemcachedCommands.Rows.OrderBy(row => row.Name, StringComparer.Ordinal))
            text.Append($"| `{row.Name}` | {Cell(row.Usage)} | {row.Doc} |\n");
        Check("commands", text.ToString());
    }

    [Fact]
    public void The_page_has_every_meta_flag()
    {
        var text = new StringBuilder("| flag | argument | commands | what it does |\n| --- | --- | --- | --- |\n");
        foreach (var row in MetaFlagTable.Rows)
            text.Append($"| `{row.Letter}` | {Words(row.Argument)} | {row.Commands} | {row.Doc} |\n");
        Check("flags", text.ToString());
    }

    [Fact]
    public void Every_command_has_one_row_and_is_found_by_its_name()
    {
        foreach (var verb in Enum.GetValues<MemcachedVerb>())
        {
            if (verb == MemcachedVerb.None) continue;
            var row = Assert.Single(MemcachedCommands.Rows, row => row.Verb == verb);
            Assert.Equal(verb, MemcachedCommands.Find(Encoding.ASCII.GetBytes(row.Name)));
        }

        Assert.Equal(MemcachedVerb.None, MemcachedCommands.Find("nonsense"u8));
        Assert.Distinct(MetaFlagTable.Rows.Select(row => row.Letter));
    }

    private static string Words(MetaArgument argument) =>
        argument == MetaArgument.None ? "" : argument.ToString().ToLowerInvariant();

    private static string Cell(string usage) => usage.Length == 0 ? "" : $"`{usage.Replace("|", "\\|")}`";

    private static void Check(string part, string text) =>
        DocsPage.Check("MEMCACHED.md", nameof(MemcachedPageTests), part, text);
}
