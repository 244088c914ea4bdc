using System.Text;

namespace Hedgerow.Server.Config;

/// <summary>The settings table as text: for <c>--help</c> and, as Markdown, for docs/OPERATIONS.md.</summary>
internal static class SettingsHelp
{
    private const int NameColumn = 28;

    /// <summary>The settings that one verb reads, two lines each.</summary>
    public static string ForVerb(NodeRole role)
    {
        var text = new StringBuilder();
        text.Append($"hedgerow {role.ToString().ToLowerInvariant()} [--config FILE] [settings]\n\n");
        text.Append("Each setting is also a path of the JSON file and an environment variable:\n");
        text.Append("router.hedge.budget is HEDGEROW__ROUTER__HEDGE__BUDGET. The flag wins over the\n");
        text.Append("environment, the environment over the file, the file over the default.\n\n");
        foreach (var row in SettingsTable.Rows)
        {
            if (!row.IsReadBy(role)) continue;
            var flag = "--" + row.Name;
            var alias = row.Alias == null ? "" : $" (also --{row.Alias})";
            var standard = row.Default.Length == 0 ? "none" : row.Default;
            text.Append($"  {flag.PadRight(NameColumn)} {row.Doc}{alias}\n");
            text.Append($"  {"",NameColumn} default: {standard}; allowed: {row.Allowed}\n");
        }

        return text.ToString();
    }

    /// <summary>All settings as a Markdown table, one row each.</summary>
    public static string AsMarkdown()
    {
        var text = new StringBuilder();
        text.Append("| setting | short flag | kind | default | allowed | read by | what it does |\n");
        text.Append("| --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (var row in SettingsTable.Rows)
        {
            var alias = row.Alias == null ? "" : $"`--{row.Alias}`";
            var standard = row.Default.Length == 0 ? "none" : $"`{row.Default}`";
            var roles = row.Roles == NodeRole.All ? "all" : row.Roles.ToString().ToLowerInvariant();
            text.Append($"| `{row.Name}` | {alias} | {row.Kind} | {standard} | {row.Allowed} | {roles} |");
            text.Append($" {row.Doc} |\n");
        }

        return text.ToString();
    }
}
