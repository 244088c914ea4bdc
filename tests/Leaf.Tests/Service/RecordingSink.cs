using System.Collections.Concurrent;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Service;

/// <summary>One reply as it came.</summary>
internal sealed record Answer(ReplyHeader Header, byte[] Body)
{
    public StatusCode Status => Header.Status;

    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The value of an entry's body.</summary>
    public string Value => EntryBody.TryRead(Body, out var entry) ? Encoding.UTF8.GetString(entry.Value) : "no entry";
}

/// <summary>A peer in memory: keeps replies by request id, and complains of a second one.</summary>
internal sealed class RecordingSink : IReplySink
{
    private readonly ConcurrentDictionary<uint, TaskCompletionSource<Answer>> _answers = new();

    public int Count;

    /// <summary>News of ties: the request, the tie, and whether it was answered before.</summary>
    public ConcurrentQueue<(uint RequestId, ulong Tie, bool IsLate)> Begun { get; } = new();

    public void Reply(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        if (header.Flags.HasFlag(FrameFlags.Tied))
        {
            Begun.Enqueue((header.RequestId, header.Version, IsAnswered(header.RequestId)));
            return;
        }

        Interlocked.Increment(ref Count);
        Slot(header.RequestId).SetResult(new Answer(header, body.ToArray()));
    }

    public Task<Answer> Answer(uint requestId) => Slot(requestId).Task.WaitAsync(TimeSpan.FromSeconds(60));

    public bool IsAnswered(uint requestId) => Slot(requestId).Task.IsCompleted;

    private TaskCompletionSource<Answer> Slot(uint requestId) => _answers.GetOrAdd(
        requestId, _ => new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously));
}

/// <summary>A peer that wants nothing: for measuring what the leaf itself costs.</summary>
internal sealed class NullSink : IReplySink
{
    public StatusCode Last { get; private set; }

    public long Bytes { get; private set; }

    public void Reply(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        Last = header.Status;
        Bytes += body.Length;
    }
}
