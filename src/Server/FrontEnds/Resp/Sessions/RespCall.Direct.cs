using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>The part of a call that a loop's own link answers: see <see cref="DirectCalls"/>.</summary>
internal sealed partial class RespCall
{
    private readonly Direct _direct;

    /// <summary>
    /// Writes the answer of a link to the client, whose turn it is: nothing is kept. On the loop thread.
    /// </summary>
    public void AnswerNow(RespReply client, in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        var reply = IsSilent ? Reply : client;
        try
        {
            AnswerOne(reply, header, body);
        }
        catch (Exception defect) when (defect is not OutOfMemoryException)
        {
            AnswerDefect(reply, defect);
        }

        StartAnswered();
    }

    /// <summary>As <see cref="AnswerNow"/>, into the call's own buffer until its turn comes.</summary>
    public void Keep(in ReplyHeader header, ReadOnlySpan<byte> body) => AnswerNow(Reply, header, body);

    private void OnRouted(ValueTask<Reply> answer)
    {
        _sending = answer;
        var awaiter = _sending.GetAwaiter();
        if (awaiter.IsCompleted) OnDone();
        else awaiter.UnsafeOnCompleted(_onDone);
    }

    /// <summary>What the router sees of a call.</summary>
    private sealed class Direct(RespCall call) : DirectCall
    {
        /// <inheritdoc/>
        protected override Memory<byte> Body => call._request.WrittenMemory;

        /// <summary>The client has left.</summary>
        public void Leave() => EndEarly();

        /// <inheritdoc/>
        protected override void OnAnswer(in ReplyHeader header, ReadOnlySpan<byte> body) =>
            call._session!.Take(call, header, body);

        /// <inheritdoc/>
        protected override void OnRouted(ValueTask<Reply> answer) => call.OnRouted(answer);
    }
}
