using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>What is refused, and with which words.</summary>
internal sealed partial class RespSession
{
    // Whether the connection's state lets a command run now. False: it was answered, with an error or with QUEUED.
    private bool Admits(RespCommand? command, in RespArgs args)
    {
        // What is no command is refused as such, before and after a password was given.
        if (command == null || !command.Takes(args.Count) || command.NeedsSubcommand(args.Count)) return true;
        if (!Client.IsAuthenticated && !command.Has(RespFlags.NoAuth))
        {
            _reply.Error(RespErrors.NoAuth);
            return false;
        }

        if (Client.IsListening && !command.Has(RespFlags.RunsSubscribed))
        {
            _reply.Error(
                $"ERR Can't execute '{command.FullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET "
                + "are allowed in this context");
            return false;
        }

        if (Client.Transaction == null || command.Has(RespFlags.RunsInMulti)) return true;
        QueueInTransaction(command, args);
        return false;
    }

    private void QueueInTransaction(RespCommand command, in RespArgs args)
    {
        if (command.Has(RespFlags.NoMulti))
        {
            Client.Transaction!.Spoil();
            _reply.Error("ERR Command not allowed inside a transaction");
        }
        else if (BadKeyOf(command, args) is > 0 and var bad)
        {
            Client.Transaction!.Spoil();
            WriteBadKey(args[bad]);
        }
        else
        {
            Client.Transaction!.Queue(command, args, _reply);
        }
    }

    private bool Refuse(RespCommand? command, in RespArgs args)
    {
        Client.Transaction?.Spoil();
        if (command == null)
        {
            Client.Server.CountUnknown();
            // A web page that makes a browser speak to this port must not get any further (as Redis has it).
            if (args.Is(0, "POST"u8) || args.Is(0, "HOST:"u8))
            {
                End();
                return true;
            }

            RespErrors.WriteUnknownCommand(_reply, args);
            return true;
        }

        _counters.Reject(command);
        if (command.Name.Equals("exec", StringComparison.OrdinalIgnoreCase))
            Commands.Transactions.Abort(Client, command, _reply);
        else if (command.Subcommands.Count > 0 && args.Count > 1)
            _reply.ErrorInBytes(RespErrors.UnknownSubcommand(command, args[1]));
        else
            _reply.Error(RespErrors.WrongArity(command));
        return true;
    }

    // The argument with the first key that can be no path; 0 when there is none.
    private static int BadKeyOf(RespCommand command, in RespArgs args)
    {
        if (command.Keys.First == 0) return 0;
        var last = command.Keys.LastOf(args.Count);
        for (var i = command.Keys.First; i <= last; i += command.Keys.Step)
            if (args[i].Length is 0 or > ProtocolLimits.PathBytesMax) return i;
        return 0;
    }

    private void WriteBadKey(ReadOnlySpan<byte> key) => _reply.Error(
        $"ERR the key has {key.Length} bytes; 1 to {ProtocolLimits.PathBytesMax} are allowed");
}
