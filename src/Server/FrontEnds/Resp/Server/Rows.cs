namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>Shortens the writing of rows that answer at once.</summary>
internal static class Rows
{
    /// <summary>A command about the connection or the server that answers at once.</summary>
    public static RespCommand Now(
        string name, int arity, RespFlags flags, string group, string since, string summary, RespNow now,
        string? difference = null) =>
        new()
        {
            Name = name,
            Arity = arity,
            Flags = flags,
            Group = group,
            Since = since,
            Summary = summary,
            Now = now,
            Difference = difference,
        };

    /// <summary>A command of subcommands, which gets a HELP of its own.</summary>
    public static RespCommand Container(
        string name, string group, string since, string summary, params IReadOnlyList<RespCommand> subcommands) =>
        Container(name, group, since, summary, null, subcommands);

    /// <summary>One that also answers without a subcommand.</summary>
    public static RespCommand Container(
        string name, string group, string since, string summary, RespNow? alone,
        IReadOnlyList<RespCommand> subcommands, string? difference = null)
    {
        var help = Now(
            "help", 2, RespFlags.Loading | RespFlags.Stale, group, "5.0.0", "Lists the subcommands",
            (RespClient _, in RespArgs _, RespReply reply) => Help(name, subcommands, reply));
        return new RespCommand
        {
            Name = name,
            Arity = alone == null ? -2 : -1,
            Flags = alone == null ? RespFlags.None : RespFlags.Loading | RespFlags.Stale,
            Now = alone,
            Group = group,
            Since = since,
            Summary = summary,
            Difference = difference,
            Subcommands = [.. subcommands, help],
        };
    }

    private static void Help(string name, IReadOnlyList<RespCommand> subcommands, RespReply reply)
    {
        reply.ArrayHead(3 + (2 * subcommands.Count));
        Line($"{name.ToUpperInvariant()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
        foreach (var sub in subcommands)
        {
            Line(sub.Name.ToUpperInvariant());
            Line($"    {sub.Summary}.");
        }

        Line("HELP");
        Line("    Print this help.");

        void Line(string text) => reply.Simple(System.Text.Encoding.UTF8.GetBytes(text));
    }
}
