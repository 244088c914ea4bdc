using System.Buffers;

namespace Hedgerow.Leaf.Cache;

/// <summary>The output of operations that have none.</summary>
internal sealed class Nowhere : IBufferWriter<byte>
{
    private Nowhere()
    {
    }

    public static Nowhere Instance { get; } = new();

    public void Advance(int count) => throw Refusal();

    public Memory<byte> GetMemory(int sizeHint = 0) => throw Refusal();

    public Span<byte> GetSpan(int sizeHint = 0) => throw Refusal();

    private static InvalidOperationException Refusal() => new("this operation has no output");
}
