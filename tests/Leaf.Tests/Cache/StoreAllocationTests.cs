using System.Buffers;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;
using Hedgerow.Tests;

namespace Hedgerow.Leaf.Tests.Cache;

public sealed class StoreAllocationTests
{
    private const int Warm = 30_000;
    private const int Measured = 30_000;

    [Theory]
    [InlineData(Opcode.Get)]
    [InlineData(Opcode.Set)]
    [InlineData(Opcode.Delete)]
    [InlineData(Opcode.Touch)]
    [InlineData(Opcode.Increment)]
    [InlineData(Opcode.Append)]
    public void Operation_allocates_nothing_on_the_heap_even_while_it_evicts(Opcode opcode)
    {
        using var store = new CacheStore(new CacheStoreOptions { MemoryBytes = 1 << 20 });
        var output = new ArrayBufferWriter<byte>(1 << 16);
        var path = new byte[16];
        var value = new byte[300];
        Run(0, Warm);
        var before = AllocatedBytes.Start();
        Run(Warm, Warm + Measured);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(opcode == Opcode.Delete || store.Stats().Evictions > 0);

        void Run(int from, int to)
        {
            for (var i = from; i < to; i++)
            {
                System.Buffers.Text.Utf8Formatter.TryFormat(i % 40_000, path, out var length);
                var key = path.AsSpan(0, length);
                Execute(Opcode.Set, key, i % 3 == 0 ? "17"u8 : value.AsSpan(0, i % 300), i);
                Execute(opcode, key, value.AsSpan(0, i % 7), i);
            }
        }

        void Execute(Opcode operation, ReadOnlySpan<byte> key, ReadOnlySpan<byte> content, int i)
        {
            output.ResetWrittenCount();
            var command = new CacheCommand
            {
                Opcode = operation,
                Path = key,
                Value = content,
                ExpiresAtMs = i % 5 == 0 ? 1_000_000 + i : 0,
                Delta = 3,
                HasInitial = true,
            };
            store.Execute(command, PathHash.OfPath(key), 1_000 + i, output, out _);
        }
    }
}
