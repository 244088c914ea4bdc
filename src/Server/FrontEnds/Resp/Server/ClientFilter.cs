using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>Which connections CLIENT LIST and CLIENT KILL mean.</summary>
internal sealed class ClientFilter
{
    private HashSet<long>? _ids;
    private bool? _isListening;
    private bool _matchesNone;

    /// <summary>The other end's address, as CLIENT LIST shows it; null for any.</summary>
    public string? Address { get; set; }

    /// <summary>This end's.</summary>
    public string? LocalAddress { get; set; }

    /// <summary>Whether the connection that asks is left out.</summary>
    public bool SkipsMe { get; set; }

    /// <summary>Whether a connection is meant.</summary>
    public bool Matches(RespSession session) =>
        !_matchesNone
        && _ids?.Contains(session.Id) != false
        && (Address == null || session.Peer.ToString() == Address)
        && (LocalAddress == null || session.Local.ToString() == LocalAddress)
        && (_isListening == null || ClientLine.IsListening(session.Client) == _isListening);

    /// <summary>CLIENT LIST TYPE type, or ID id id.</summary>
    public bool TryReadListOptions(in RespArgs args, RespReply reply)
    {
        if (args.Count == 4 && args.Is(2, "TYPE"u8)) return TryType(args[3], reply);
        if (args.Count < 4 || !args.Is(2, "ID"u8))
        {
            reply.Error(RespErrors.Syntax);
            return false;
        }

        _ids = [];
        for (var i = 3; i < args.Count; i++)
        {
            if (!args.TryLong(i, out var id) || id < 1)
            {
                reply.Error("ERR Invalid client ID"u8);
                return false;
            }

            _ids.Add(id);
        }

        return true;
    }

    /// <summary>CLIENT KILL with pairs of option and value.</summary>
    public bool TryReadKillOptions(in RespArgs args, RespReply reply)
    {
        if (args.Count % 2 != 0)
        {
            reply.Error(RespErrors.Syntax);
            return false;
        }

        for (var i = 2; i < args.Count; i += 2)
            if (!TryReadKillOption(args, i, reply)) return false;
        return true;
    }

    private bool TryReadKillOption(in RespArgs args, int i, RespReply reply)
    {
        if (args.Is(i, "TYPE"u8)) return TryType(args[i + 1], reply);
        if (args.Is(i, "ID"u8))
        {
            if (args.TryLong(i + 1, out var id) && id > 0)
            {
                _ids = [id];
                return true;
            }

            reply.Error("ERR client-id should be greater than 0"u8);
            return false;
        }

        if (args.Is(i, "ADDR"u8)) Address = Encoding.Latin1.GetString(args[i + 1]);
        else if (args.Is(i, "LADDR"u8)) LocalAddress = Encoding.Latin1.GetString(args[i + 1]);
        else if (args.Is(i, "USER"u8)) return TryUser(args[i + 1], reply);
        else if (args.Is(i, "SKIPME"u8) && args.Is(i + 1, "YES"u8)) SkipsMe = true;
        else if (args.Is(i, "SKIPME"u8) && args.Is(i + 1, "NO"u8)) SkipsMe = false;
        else
        {
            reply.Error(RespErrors.Syntax);
            return false;
        }

        return true;
    }

    private static bool TryUser(ReadOnlySpan<byte> user, RespReply reply)
    {
        if (user.SequenceEqual("default"u8)) return true;
        reply.Error($"ERR No such user '{Encoding.Latin1.GetString(user)}'");
        return false;
    }

    private bool TryType(ReadOnlySpan<byte> type, RespReply reply)
    {
        if (RespText.EqualsUpper(type, "NORMAL"u8)) _isListening = false;
        else if (RespText.EqualsUpper(type, "PUBSUB"u8)) _isListening = true;
        else if (RespText.EqualsUpper(type, "MASTER"u8) || RespText.EqualsUpper(type, "REPLICA"u8)
                 || RespText.EqualsUpper(type, "SLAVE"u8)) _matchesNone = true;
        else
        {
            reply.Error($"ERR Unknown client type '{Encoding.Latin1.GetString(type)}'");
            return false;
        }

        return true;
    }
}

/// <summary>A connection as CLIENT LIST shows it.</summary>
internal static class ClientLine
{
    /// <summary>Whether it listens to anything.</summary>
    public static bool IsListening(RespClient client) => client.Subscriptions.Any(names => names.Count > 0);

    /// <summary>The line with its end. Of another thread's connection what it was a moment ago.</summary>
    public static byte[] Of(RespSession session)
    {
        var client = session.Client;
        var flags = (client.Transaction != null ? "x" : "") + (IsListening(client) ? "P" : "")
            + (client.IsNoEvict ? "e" : "") + (client.IsNoTouch ? "T" : "");
        var line = new StringBuilder();
        line.Append($"id={session.Id} addr={session.Peer} laddr={session.Local} fd=0 name={client.Name}");
        line.Append($" age={(long)session.Age.TotalSeconds} idle={(long)session.Idle.TotalSeconds}");
        line.Append($" flags={(flags.Length == 0 ? "N" : flags)} db=0");
        line.Append($" sub={Count(SubscriptionKind.Channel)} psub={Count(SubscriptionKind.Pattern)}");
        line.Append($" ssub={Count(SubscriptionKind.Shard)} multi={client.Transaction?.Count ?? -1}");
        line.Append(" qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0");
        line.Append($" obl={session.OutputBytes} oll=0 omem={session.OutputBytes} tot-mem={session.OutputBytes}");
        line.Append($" events=r cmd={client.LastCommand?.FullName ?? "NULL"} user=default redir=-1");
        line.Append($" resp={client.Protocol} lib-name={client.LibraryName} lib-ver={client.LibraryVersion}\n");
        return Encoding.UTF8.GetBytes(line.ToString());

        int Count(SubscriptionKind kind) => client.Subscriptions[(int)kind].Count;
    }
}
