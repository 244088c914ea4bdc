using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>The part of a call that runs the commands of a transaction, one after the other.</summary>
internal sealed partial class RespCall
{
    /// <summary>
    /// Runs a command on this call's executor, which answers every cache operation at once. The answer is in
    /// <see cref="Answer"/> until the next one begins.
    /// </summary>
    public ValueTask RunNested(RespCommand command, in RespArgs args, CancellationToken cancel)
    {
        Command = command;
        _arguments.Clear();
        _output.Clear();
        Take(args, cancel);
        if (command.Now != null)
        {
            command.Now(Client, Args, Reply);
            return ValueTask.CompletedTask;
        }

        if (command.One == null) return command.Run!(this);
        var one = default(OneCommand);
        var translation = command.One(Client, Args, Reply, ref one);
        if (translation == Translation.Send && TryNested(one)) translation = Translation.Replied;
        return translation == Translation.Replied ? ValueTask.CompletedTask : command.Run!(this);
    }

    /// <summary>Forgets what was answered so far.</summary>
    public void Restart() => _output.Clear();

    // False: the row's steps say what was wrong.
    private bool TryNested(in OneCommand one)
    {
        var value = RentBuffer();
        try
        {
            if (!Executor.TryExecute(one.Command, 0, value, out var outcome))
                throw new InvalidOperationException($"{Command.FullName}: a key that its row does not name.");
            if (outcome.Status == StatusCode.NotANumber && Command.Run != null) return false;
            var changed = RespClient.Answer(Reply, one.ValueIsReply, one.Answer, one.Number, outcome, value.Written);
            if (changed && one.Event != null) Notify(one.Event, one.Command.Path);
            return true;
        }
        finally
        {
            Return(value);
        }
    }
}
