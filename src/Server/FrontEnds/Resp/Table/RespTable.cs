using System.Runtime.InteropServices;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>
/// Every command, one row each. Dispatch, COMMAND, access, counters and docs/RESP.md read it, so a command exists when
/// it has a row, and nowhere else.
/// </summary>
internal static class RespTable
{
    private const int NameBytesMax = 16;

    private static readonly RespCommand[] Table = Number(
        [.. ServerCommands.Rows, .. KeyspaceCommands.Rows]);

    private static readonly Dictionary<UInt128, RespCommand> ByName = Table.ToDictionary(row => KeyOf(row.Name));

    /// <summary>The rows; subcommands are in their containers.</summary>
    public static IReadOnlyList<RespCommand> Rows => Table;

    /// <summary>Rows and subcommands together: bound of <see cref="RespCommand.Index"/>.</summary>
    public static int Count { get; private set; }

    /// <summary>The row of a name in any case; null when there is none.</summary>
    public static RespCommand? Find(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > NameBytesMax || !ByName.TryGetValue(KeyOf(name), out var row)) return null;
        return row.Name.Length == name.Length ? row : null;
    }

    /// <summary>The row of a subcommand in any case; null when the container has none such.</summary>
    public static RespCommand? FindSubcommand(RespCommand container, ReadOnlySpan<byte> word)
    {
        Span<byte> upper = stackalloc byte[32];
        foreach (var row in container.Subcommands)
        {
            if (row.Name.Length != word.Length || row.Name.Length > upper.Length) continue;
            for (var i = 0; i < row.Name.Length; i++) upper[i] = (byte)char.ToUpperInvariant(row.Name[i]);
            if (RespText.EqualsUpper(word, upper[..word.Length])) return row;
        }

        return null;
    }

    // Up to sixteen bytes in lower case, zeros behind.
    private static UInt128 KeyOf(ReadOnlySpan<byte> name)
    {
        Span<byte> lower = stackalloc byte[NameBytesMax];
        lower.Clear();
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            lower[i] = c is >= (byte)'A' and <= (byte)'Z' ? (byte)(c + 32) : c;
        }

        return MemoryMarshal.Read<UInt128>(lower);
    }

    private static UInt128 KeyOf(string name) => KeyOf(System.Text.Encoding.ASCII.GetBytes(name));

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

        Count = index;
        return rows;
    }
}
