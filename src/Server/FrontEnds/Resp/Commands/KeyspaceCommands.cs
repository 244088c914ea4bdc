namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>The rows of commands on keys, strings, hashes and transactions.</summary>
internal static class KeyspaceCommands
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<RespCommand> Rows { get; } =
        [.. StringRows.Rows, .. KeyRows.Rows, .. HashRows.Rows, .. TransactionRows.Rows];
}
