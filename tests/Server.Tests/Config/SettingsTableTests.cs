using System.Collections;
using Hedgerow.Server.Config;

namespace Hedgerow.Server.Tests.Config;

public sealed class SettingsTableTests
{
    // UPDATE_DOCS=1 makes the test write what is between these two.
    private const string TableStart = "<!-- settings: written by SettingsTableTests -->";
    private const string TableEnd = "<!-- end of settings -->";

    // A value other than the default for each kind of row, so that setting it must show in the settings.
    private static readonly Dictionary<string, string> Others = new()
    {
        ["text"] = "other", ["secret"] = "other", ["list"] = "3", ["switch"] = "", ["address"] = "127.0.0.1:1",
        ["size"] = "48MiB", ["duration"] = "7s", ["number"] = "1", ["choice"] = "",
    };

    public static TheoryData<string> Names() => [.. SettingsTable.Rows.Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_row_changes_the_settings_in_every_spelling(string name)
    {
        var row = Row(name);
        var role = new[] { NodeRole.Serve, NodeRole.Leaf, NodeRole.Router }.First(row.IsReadBy);
        var value = OtherValue(row);
        string[] needed = role switch
        {
            NodeRole.Leaf when name != "leaf.shards" => ["--leaf.shards=0"],
            NodeRole.Router when name != "cluster.topology" => ["--cluster.topology=t.json"],
            _ => [],
        };
        var plain = SettingsTable.Defaults(role);
        var changed = plain;
        Assert.True(row.TryApply(value, ref changed));
        Assert.NotEqual(plain, changed);

        var byFlag = SettingsSources.Read(role, [$"--{name}", value, .. needed], new Hashtable());
        var byVariable = SettingsSources.Read(role, needed, new Hashtable { [row.EnvironmentName] = value });
        Assert.Equal(byFlag with { LeafShards = [] }, byVariable with { LeafShards = [] });
        Assert.Equal(byFlag.LeafShards, byVariable.LeafShards);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_rows_default_is_allowed_and_documented(string name)
    {
        var row = Row(name);
        var settings = SettingsTable.Defaults(NodeRole.Serve);
        Assert.True(row.Default.Length == 0 || row.TryApply(row.Default, ref settings), row.Default);
        Assert.EndsWith(".", row.Doc, StringComparison.Ordinal);
        Assert.NotEmpty(row.Allowed);
    }

    [Fact]
    public void Names_are_unique_and_an_alias_is_unique_within_a_verb()
    {
        Assert.Distinct(SettingsTable.Rows.Select(row => row.Name), StringComparer.OrdinalIgnoreCase);
        foreach (var role in new[] { NodeRole.Serve, NodeRole.Leaf, NodeRole.Router })
            Assert.Distinct(SettingsTable.Rows.Where(r => r.Alias != null && r.IsReadBy(role)).Select(r => r.Alias!));
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("leaf")]
    [InlineData("router")]
    public void Help_names_every_setting_its_verb_reads_and_no_other(string verb)
    {
        var role = Enum.Parse<NodeRole>(verb, ignoreCase: true);
        var help = SettingsHelp.ForVerb(role);
        foreach (var row in SettingsTable.Rows)
            Assert.Equal(row.IsReadBy(role), help.Contains($"--{row.Name} ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_operations_page_has_the_table_as_it_is()
    {
        var file = Path.Combine(Checkout.Root, "docs", "OPERATIONS.md");
        var page = File.ReadAllText(file);
        var start = page.IndexOf(TableStart, StringComparison.Ordinal) + TableStart.Length;
        var end = page.IndexOf(TableEnd, StringComparison.Ordinal);
        Assert.InRange(start, TableStart.Length, end);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
            File.WriteAllText(file, page[..start] + "\n" + SettingsHelp.AsMarkdown() + page[end..]);
        else
            Assert.Equal(SettingsHelp.AsMarkdown(), page[start..end].TrimStart('\n'));
    }

    private static Setting Row(string name) => SettingsTable.Rows.First(row => row.Name == name);

    private static string OtherValue(Setting row)
    {
        if (row.IsSwitch) return row.Default == "true" ? "false" : "true";
        if (row.Kind == "choice") return row.Allowed.Split(", ").First(word => word != row.Default);
        if (row.Name == "router.hedge.delayMin") return "7ms";
        if (row.Name == "router.limit.max") return "77";
        if (row.Name == "resp.notify") return "KEA";
        if (row.Name == "router.search.coverage") return "0.5";
        if (row is { Kind: "number", Default: "1" }) return "2";
        return Others[row.Kind];
    }
}
