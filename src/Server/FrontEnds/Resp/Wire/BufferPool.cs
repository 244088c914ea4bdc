using System.Collections.Concurrent;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>Buffers that calls share. Thread-safe. Keeps a bounded number; the rest is garbage.</summary>
internal sealed class BufferPool
{
    private const int KeptMax = 256;

    private readonly ConcurrentQueue<RespBuffer> _free = new();
    private int _count;

    /// <summary>An empty buffer.</summary>
    public RespBuffer Rent()
    {
        if (!_free.TryDequeue(out var buffer)) return new RespBuffer();
        Interlocked.Decrement(ref _count);
        return buffer;
    }

    /// <summary>Takes a buffer back; its bytes are gone.</summary>
    public void Return(RespBuffer buffer)
    {
        buffer.Clear();
        if (Interlocked.Increment(ref _count) <= KeptMax)
        {
            _free.Enqueue(buffer);
            return;
        }

        Interlocked.Decrement(ref _count);
        buffer.Release();
    }
}
