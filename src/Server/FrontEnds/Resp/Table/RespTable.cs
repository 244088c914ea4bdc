using Hedgerow.Server.FrontEnds.Resp.Commands;
using Hedgerow.Server.FrontEnds.Resp.Search;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>
/// Every command, one row each. Dispatch, COMMAND, access, counters and docs/RESP.md read it, so a command exists when
/// it has a row, and nowhere else.
/// </summary>
internal static class RespTable
{
    /// <summary>Stands for commands that have no row, where one must be named.</summary>
    public static readonly RespCommand Unknown = new()
    {
        Name = "unknown", Arity = -1, Flags = RespFlags.None, Group = "", Since = "", Summary = "",
    };

    private static readonly RespCommand[] Table = Number(
        [.. ConnectionCommands.Rows, .. ServerCommands.Rows, .. PubSubCommands.Rows, .. KeyspaceCommands.Rows,
         .. SearchRows.Rows]);

    private static readonly NameIndex ByName = new(Table);

    /// <summary>The rows; subcommands are in their containers.</summary>
    public static IReadOnlyList<RespCommand> Rows => Table;

    /// <summary>Rows and subcommands, without containers.</summary>
    public static IEnumerable<RespCommand> All =>
        Table.SelectMany(row => row.Subcommands.Count > 0 ? row.Subcommands : [row]);

    /// <summary>Rows and subcommands together: bound of <see cref="RespCommand.Index"/>.</summary>
    public static int Count { get; private set; }

    /// <summary>The row of a name in any case; null when there is none.</summary>
    public static RespCommand? Find(ReadOnlySpan<byte> name) => ByName.Find(name);

    /// <summary>The row of a subcommand in any case; null when the container has none such.</summary>
    public static RespCommand? FindSubcommand(RespCommand container, ReadOnlySpan<byte> word)
    {
        foreach (var row in container.Subcommands)
            if (System.Text.Ascii.EqualsIgnoreCase(word, row.Name)) return row;
        return null;
    }

    private static RespCommand[] Number(RespCommand[] rows)
    {
        var index = 0;
        foreach (var row in rows)
        {
            row.Index = index++;
            foreach (var sub in row.Subcommands)
            {
                sub.Parent = row;
                sub.Index = index++;
            }
        }

        Unknown.Index = index++;
        Count = index;
        return rows;
    }
}
