using System.Buffers;

namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>
/// The buffers of one loop. Small ones come back to a stack, so that the next session writes where the last one did,
/// which the processor's cache still holds; large ones are the process's pool's. One thread's.
/// </summary>
internal sealed class SessionBuffers
{
    /// <summary>Bytes of a small one.</summary>
    public const int SmallBytes = 16 * 1024;

    private const int SmallMax = 64;

    private readonly Stack<byte[]> _small = new(SmallMax);

    /// <summary>One of at least so many bytes.</summary>
    public byte[] Rent(int bytes)
    {
        if (bytes > SmallBytes) return ArrayPool<byte>.Shared.Rent(bytes);
        return _small.TryPop(out var buffer) ? buffer : GC.AllocateUninitializedArray<byte>(SmallBytes);
    }

    /// <summary>Takes one back that nobody holds any more.</summary>
    public void Return(byte[] buffer)
    {
        if (buffer.Length > SmallBytes) ArrayPool<byte>.Shared.Return(buffer);
        else if (buffer.Length == SmallBytes && _small.Count < SmallMax) _small.Push(buffer);
    }
}
