using System.Text;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>COMMAND: the table, as clients ask for it.</summary>
internal static class TableCommands
{
    private const RespFlags AnyTime = RespFlags.Loading | RespFlags.Stale;

    private static readonly RespCommand[] Subs =
    [
        Sub("count", 2, "2.8.13", "Returns how many commands there are",
            (RespClient _, in RespArgs _, RespReply reply) => reply.Integer(RespTable.Rows.Count)),
        Sub("docs", -2, "7.0.0", "Returns what commands do", Docs),
        Sub("info", -2, "2.8.13", "Returns arity, flags and key positions of commands", Describe),
        Sub("list", -2, "7.0.0", "Returns the names of commands", List),
        Sub("getkeys", -4, "2.8.13", "Returns the keys in a whole command", GetKeys),
    ];

    public static RespCommand Row { get; } = Rows.Container(
        "command", "server", "2.8.13", "Returns the table of commands, or parts of it", All, Subs);

    // COMMAND without a subcommand.
    private static void All(RespClient client, in RespArgs args, RespReply reply)
    {
        reply.ArrayHead(RespTable.Rows.Count);
        foreach (var row in RespTable.Rows) CommandRow.Write(row, reply);
    }

    private static RespCommand Sub(string name, int arity, string since, string summary, RespNow now) =>
        Rows.Now(name, arity, AnyTime, "server", since, summary, now);

    // A name, or a name and a subcommand's with | between.
    private static RespCommand? Find(ReadOnlySpan<byte> name)
    {
        var bar = name.IndexOf((byte)'|');
        if (bar < 0) return RespTable.Find(name);
        var container = RespTable.Find(name[..bar]);
        return container == null ? null : RespTable.FindSubcommand(container, name[(bar + 1)..]);
    }

    private static void Describe(RespClient client, in RespArgs args, RespReply reply)
    {
        if (args.Count == 2)
        {
            All(client, args, reply);
            return;
        }

        reply.ArrayHead(args.Count - 2);
        for (var i = 2; i < args.Count; i++)
        {
            var row = Find(args[i]);
            if (row == null) reply.NullArray();
            else CommandRow.Write(row, reply);
        }
    }

    private static void Docs(RespClient client, in RespArgs args, RespReply reply)
    {
        var rows = new List<RespCommand>();
        if (args.Count == 2) rows.AddRange(RespTable.Rows);
        for (var i = 2; i < args.Count; i++)
            if (Find(args[i]) is { } row) rows.Add(row);
        reply.MapHead(rows.Count);
        foreach (var row in rows) CommandRow.WriteDocs(row, reply);
    }

    private static void List(RespClient client, in RespArgs args, RespReply reply)
    {
        Func<RespCommand, bool>? filter = null;
        if (args.Count == 5 && args.Is(2, "FILTERBY"u8)) filter = FilterOf(args);
        if (args.Count != 2 && filter == null)
        {
            reply.Error(RespErrors.Syntax);
            return;
        }

        var rows = RespTable.Rows.Concat(RespTable.Rows.SelectMany(row => row.Subcommands))
            .Where(row => filter == null ? row.Parent == null : filter(row)).ToList();
        reply.ArrayHead(rows.Count);
        foreach (var row in rows) reply.Bulk(row.FullName);
    }

    private static Func<RespCommand, bool>? FilterOf(in RespArgs args)
    {
        var value = args[4].ToArray();
        if (args.Is(3, "PATTERN"u8))
            return row => GlobPattern.Matches(value, Encoding.ASCII.GetBytes(row.FullName), ignoreCase: true);
        if (args.Is(3, "MODULE"u8)) return _ => false;
        var category = "@" + Encoding.ASCII.GetString(value).ToLowerInvariant();
        return args.Is(3, "ACLCAT"u8) ? row => AclCategories.Of(row).Contains(category) : null;
    }

    private static void GetKeys(RespClient client, in RespArgs args, RespReply reply)
    {
        var inner = args.From(2);
        var row = RespTable.Find(inner[0]);
        if (row is { Subcommands.Count: > 0 }) row = RespTable.FindSubcommand(row, inner[1]);
        if (row == null)
        {
            reply.Error("ERR Invalid command specified"u8);
            return;
        }

        if (!row.Takes(inner.Count))
        {
            reply.Error("ERR Invalid number of arguments specified for command"u8);
            return;
        }

        if (row.Keys.First == 0)
        {
            reply.Error("ERR The command has no key arguments"u8);
            return;
        }

        var count = 0;
        var last = row.Keys.LastOf(inner.Count);
        for (var i = row.Keys.First; i <= last; i += row.Keys.Step) count++;
        reply.ArrayHead(count);
        for (var i = row.Keys.First; i <= last; i += row.Keys.Step) reply.Bulk(inner[i]);
    }
}
