using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>A link whose answers the test gives, request by request in the order of sending.</summary>
internal sealed class FakeLink : IDirectLink
{
    public List<Request> Sent { get; } = [];

    /// <summary>Whether it takes no request now.</summary>
    public bool IsFull { get; set; }

    public bool TrySend(in RequestHeader header, ReadOnlySpan<byte> body, ILinkTaker taker, out uint requestId)
    {
        requestId = (uint)Sent.Count;
        if (IsFull) return false;
        Sent.Add(new Request(header, body.ToArray(), taker));
        return true;
    }

    public ValueTask<Reply> Await(uint requestId, CancellationToken cancel)
    {
        var request = Sent[(int)requestId];
        var answer = new TaskCompletionSource<Reply>();
        cancel.UnsafeRegister(
            _ =>
            {
                request.WasCancelled = true;
                answer.TrySetCanceled();
            },
            null);
        request.Awaited = answer;
        return new ValueTask<Reply>(answer.Task);
    }

    public void Drop(uint requestId) => Sent[(int)requestId].WasDropped = true;

    public void Answer(int index, StatusCode status, string body) =>
        Answer(index, status, Encoding.UTF8.GetBytes(body));

    public void Answer(int index, StatusCode status, ReadOnlySpan<byte> body, ulong version = 0)
    {
        var request = Sent[index];
        var header = new ReplyHeader
        {
            Opcode = request.Header.Opcode, Status = status, Flags = FrameFlags.Reply, Version = version,
        };
        if (request.Awaited is { } awaited) awaited.SetResult(Reply.Copy(header, body));
        else request.Taker.Take(header, body);
    }

    internal sealed class Request(RequestHeader header, byte[] body, ILinkTaker taker)
    {
        public RequestHeader Header => header;

        public byte[] Body => body;

        public ILinkTaker Taker => taker;

        public TaskCompletionSource<Reply>? Awaited { get; set; }

        public bool WasCancelled { get; set; }

        public bool WasDropped { get; set; }
    }
}
