using System.Text;
using Hedgerow.Leaf.Metrics;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// Every reply leaves through here, so that every reply reports its times and is counted. Thread-safe.
/// </summary>
internal sealed class Replier(LeafClock clock, LeafMetrics metrics)
{
    private const int MessageCharsMax = 4_096;
    private const int MessageBytesOnStack = 512;

    private int _waiting;

    /// <summary>Requests that wait for a search thread or a write lane now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>A request begins or ends to wait.</summary>
    public void AddWaiting(int change) => Interlocked.Add(ref _waiting, change);

    /// <summary>Answers a request that was served on the thread it came on: it never waited.</summary>
    public void Send(in Request request, StatusCode status, ulong version, ReadOnlySpan<byte> body) =>
        Send(request, request.ReceivedTicks, status, version, body);

    /// <summary>Answers a request that waited until <paramref name="startedTicks"/>.</summary>
    public void Send(
        in Request request, long startedTicks, StatusCode status, ulong version, ReadOnlySpan<byte> body)
    {
        var now = clock.Ticks();
        var header = new ReplyHeader
        {
            Opcode = request.Header.Opcode,
            RequestId = request.Header.RequestId,
            Status = status,
            QueueLength = (ushort)Math.Min(Waiting, ushort.MaxValue),
            QueueMicros = clock.Micros(request.ReceivedTicks, startedTicks),
            ServiceMicros = clock.Micros(startedTicks, now),
            Version = version,
        };
        metrics.OnReply(
            header.Opcode, status, clock.Nanos(request.ReceivedTicks, startedTicks), clock.Nanos(startedTicks, now));
        request.Sink.Reply(header, body);
    }

    /// <summary>Tells that work on a tied request begins, so that its twin elsewhere need not.</summary>
    public void TellBegun(in Request request, long startedTicks) => request.Sink.Reply(
        new ReplyHeader
        {
            Opcode = request.Header.Opcode,
            RequestId = request.Header.RequestId,
            Flags = FrameFlags.Tied,
            QueueLength = (ushort)Math.Min(Waiting, ushort.MaxValue),
            QueueMicros = clock.Micros(request.ReceivedTicks, startedTicks),
            Version = request.Header.PathHash,
        },
        []);

    /// <summary>Answers with an error and the text that says what was wrong and what is allowed.</summary>
    public void Refuse(in Request request, StatusCode status, string message, ulong version = 0) =>
        Refuse(request, request.ReceivedTicks, status, message, version);

    /// <summary>Answers a request that waited with an error and its text.</summary>
    public void Refuse(in Request request, long startedTicks, StatusCode status, string message, ulong version = 0)
    {
        var text = message.AsSpan(0, Math.Min(message.Length, MessageCharsMax));
        var bytesMax = Encoding.UTF8.GetMaxByteCount(text.Length);
        var bytes = bytesMax <= MessageBytesOnStack ? stackalloc byte[MessageBytesOnStack] : new byte[bytesMax];
        var length = Encoding.UTF8.GetBytes(text, bytes);
        Send(request, startedTicks, status, version, bytes[..length]);
    }
}
