using System.Buffers;
using System.Buffers.Binary;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>
/// XXH3 without a seed multiplies the first 16 bytes of a path of 32, each half mixed with a known constant, in two
/// halves: with the first half equal to its constant the second may be anything and the hash stays the same.
/// </summary>
public sealed class HashFloodTests
{
    private const ulong FirstConstant = 0xBE4BA423396CFEB8;
    private const int Hostile = 30_000;
    private const int Friendly = 10_000;

    [Fact]
    public void Paths_that_share_the_public_hash_displace_nobody_and_are_all_kept()
    {
        using var store = new CacheStore(new CacheStoreOptions { MemoryBytes = 16 << 20, Partitions = 1 });
        for (var i = 0; i < Friendly; i++) Assert.Equal(StatusCode.Ok, Run(store, Opcode.Set, FriendlyPath(i)));
        Assert.Equal(PathHash.OfPath(HostilePath(0)), PathHash.OfPath(HostilePath(Hostile - 1)));
        for (var i = 0; i < Hostile; i++) Assert.Equal(StatusCode.Ok, Run(store, Opcode.Set, HostilePath(i)));
        for (var i = 0; i < Friendly; i++) Assert.Equal(StatusCode.Ok, Run(store, Opcode.Get, FriendlyPath(i)));
        for (var i = 0; i < Hostile; i++) Assert.Equal(StatusCode.Ok, Run(store, Opcode.Get, HostilePath(i)));
        Assert.Equal((0L, (long)Friendly + Hostile), (store.Stats().Evictions, store.Stats().Entries));
        store.Verify();
    }

    [Fact]
    public void Two_seeds_place_the_same_paths_differently()
    {
        var one = PlaceHash.Create(1);
        var other = PlaceHash.Create(2);
        Assert.NotEqual(one.Of(HostilePath(0)), one.Of(HostilePath(1)));
        Assert.NotEqual(one.Of(HostilePath(0)), other.Of(HostilePath(0)));
        Assert.Equal(PlaceHash.Create(null).Of(HostilePath(0)), PlaceHash.Create(null).Of(HostilePath(0)));
    }

    [Fact]
    public void Fields_whose_names_were_made_to_have_one_hash_are_refused_and_others_taken()
    {
        using var store = new StoreUnderTest(memoryBytes: 64 << 20);
        Assert.Equal(FieldMap.HashOf(HostilePath(0)), FieldMap.HashOf(HostilePath(Hostile)));
        Assert.Equal(StatusCode.TooLarge, SetFields(store, Hostile, HostilePath));
        Assert.Equal(StatusCode.Ok, SetFields(store, Friendly, number => FriendlyPath((int)number)));
        Assert.Equal(StatusCode.TooLarge, SetFields(store, Hostile, HostilePath));
        var taken = 0;
        while (SetFields(store, 1, _ => HostilePath(taken)) == StatusCode.Ok) taken++;
        Assert.InRange(taken, 16, FieldMap.SameHashMax);
        Assert.Equal(StatusCode.Ok, SetFields(store, taken, HostilePath));
        store.Get("/m");
        Assert.True(FieldMap.TryRead(store.Output, out var map, out var error), error);
        Assert.Equal(Friendly + taken, map.Count);
    }

    private static StatusCode SetFields(StoreUnderTest store, int count, Func<long, byte[]> name)
    {
        var pairs = new ArrayBufferWriter<byte>();
        for (var i = 0; i < count; i++)
        {
            FieldList.Write(pairs, name(i));
            FieldList.Write(pairs, "v"u8);
        }

        return store.RunAsIs(
            new CacheCommand { Opcode = Opcode.FieldSet, Path = "/m"u8, Value = pairs.WrittenSpan });
    }

    private static byte[] FriendlyPath(int number) => StoreUnderTest.Bytes($"/friendly/{number}");

    private static byte[] HostilePath(long number)
    {
        var path = new byte[32];
        BinaryPrimitives.WriteUInt64LittleEndian(path, FirstConstant);
        BinaryPrimitives.WriteInt64LittleEndian(path.AsSpan(8), number);
        return path;
    }

    private static StatusCode Run(CacheStore store, Opcode opcode, byte[] path)
    {
        var output = new ArrayBufferWriter<byte>(16);
        var command = new CacheCommand { Opcode = opcode, Path = path, Value = opcode == Opcode.Set ? "v"u8 : default };
        return store.Execute(command, PathHash.OfPath(path), 1, output, out _);
    }
}
