using System.Text;
using Hedgerow.Server.FrontEnds.Resp;

namespace Hedgerow.Server.Tests.Resp;

/// <summary>docs/RESP.md says what the tables say. UPDATE_DOCS=1 writes it.</summary>
public sealed class RespPageTests
{
    private static readonly string[] Groups =
        ["string", "generic", "hash", "transactions", "pubsub", "connection", "server", "cluster", "search"];

    [Fact]
    public void The_page_has_every_command_with_what_differs() => Check("commands", Commands());

    [Fact]
    public void The_page_has_every_parameter_of_CONFIG() => Check("parameters", Parameters());

    [Fact]
    public void Every_command_is_in_a_group_of_the_page_and_has_one_way_to_run()
    {
        foreach (var row in RespTable.Rows)
        {
            Assert.Contains(row.Group, Groups);
            Assert.False(row.Summary.EndsWith('.'), row.Name);
        }

        foreach (var row in RespTable.All)
        {
            Assert.True(row.Now != null || row.One != null || row.Run != null, row.FullName);
            Assert.True(row.Now == null || (row.One == null && row.Run == null), row.FullName);
        }
    }

    private static void Check(string part, string text) =>
        DocsPage.Check("RESP.md", nameof(RespPageTests), part, text);

    private static string Commands()
    {
        var text = new StringBuilder();
        foreach (var group in Groups)
        {
            var rows = RespTable.Rows.Where(row => row.Group == group).OrderBy(row => row.Name, StringComparer.Ordinal);
            text.Append($"\n### {group}\n\n| command | since | what it does | otherwise than Redis |\n");
            text.Append("| --- | --- | --- | --- |\n");
            foreach (var row in rows)
            {
                Add(text, row);
                foreach (var sub in row.Subcommands.Where(sub => sub.Name != "help")) Add(text, sub);
            }
        }

        return text.Append('\n').ToString();
    }

    private static void Add(StringBuilder text, RespCommand row)
    {
        var name = row.FullName.Replace('|', ' ').ToUpperInvariant();
        text.Append($"| {name} | {row.Since} | {row.Summary} | {row.Difference} |\n");
    }

    private static string Parameters()
    {
        var text = new StringBuilder("| parameter | may be set | what it is here |\n| --- | --- | --- |\n");
        foreach (var parameter in ConfigParameter.All)
            text.Append($"| `{parameter.Name}` | {(parameter.Write == null ? "no" : "yes")} | {parameter.Meaning} |\n");
        return text.ToString();
    }
}
