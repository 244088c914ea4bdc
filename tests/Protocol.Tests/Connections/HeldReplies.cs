using System.Threading.Channels;

namespace Hedgerow.Protocol.Tests;

/// <summary>A handler's script that keeps requests until the test answers them, in the order it likes.</summary>
internal sealed class HeldReplies
{
    private readonly Lock _gate = new();
    private readonly List<(RequestHeader Header, byte[] Body, IReplySink Sink)> _held = [];
    private readonly Channel<uint> _arrivals = Channel.CreateUnbounded<uint>();

    public int Count
    {
        get
        {
            lock (_gate) return _held.Count;
        }
    }

    public void OnRequest(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies)
    {
        lock (_gate) _held.Add((header, body.ToArray(), replies));
        _arrivals.Writer.TryWrite(header.RequestId);
    }

    /// <summary>Waits until this many more requests have come.</summary>
    public async Task ArrivalsAsync(int count)
    {
        for (; count > 0; count--) await _arrivals.Reader.ReadAsync();
    }

    /// <summary>Answers the request held at an index with its own body.</summary>
    public void Answer(int index, StatusCode status = StatusCode.Ok)
    {
        (RequestHeader Header, byte[] Body, IReplySink Sink) held;
        lock (_gate)
        {
            held = _held[index];
            _held.RemoveAt(index);
        }

        held.Sink.Reply(ScriptedHandler.ReplyTo(held.Header) with { Status = status }, held.Body);
    }

    public RequestHeader HeaderAt(int index)
    {
        lock (_gate) return _held[index].Header;
    }

    /// <summary>The place of a request by its id, or -1.</summary>
    public int IndexOf(uint requestId)
    {
        lock (_gate) return _held.FindIndex(held => held.Header.RequestId == requestId);
    }
}
