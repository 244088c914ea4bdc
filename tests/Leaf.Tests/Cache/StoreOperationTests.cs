using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>What each operation promises, one by one; the random model tests cover their mixtures.</summary>
public sealed class StoreOperationTests
{
    [Fact]
    public void A_value_comes_back_with_its_flags_expiry_and_version()
    {
        using var store = new StoreUnderTest();
        var expires = store.NowMs + 12_345;
        Assert.Equal(StatusCode.Ok, store.Set("/a", "one", version: 77, expiresAtMs: expires, flags: 0xDEADBEEF));
        Assert.Equal(StatusCode.Ok, store.Get("/a"));
        Assert.Equal("one", store.OutputText);
        Assert.Equal(new EntryMeta(77, 0xDEADBEEF, expires), store.Meta);
    }

    [Fact]
    public void A_write_without_a_version_gets_one_by_the_time_that_is_above_the_stored()
    {
        using var store = new StoreUnderTest();
        store.Set("/a", "one");
        var first = store.Meta.Version;
        Assert.Equal((ulong)store.NowMs << HybridClock.CounterBits, first);
        store.Set("/a", "two", version: first + 500);
        store.Set("/a", "three");
        Assert.Equal(first + 501, store.Meta.Version);
    }

    [Fact]
    public void An_entry_that_was_evicted_and_made_again_in_the_same_millisecond_has_another_version()
    {
        using var store = new StoreUnderTest(memoryBytes: 1 << 20, partitions: 1);
        store.Set("/a", "one");
        var first = store.Meta.Version;
        for (var i = 0; i < 3_000; i++)
        {
            // Used, or none would be worth more than what is there.
            store.Set($"/other/{i}", new byte[1_000]);
            store.Get($"/other/{i}");
            store.Get($"/other/{i}");
        }

        Assert.Equal(StatusCode.NotFound, store.Get("/a"));
        store.Set("/a", "two");
        Assert.Equal(StatusCode.VersionMismatch, store.Write(Opcode.CompareAndSet, "/a", [1], compare: first));
    }

    [Fact]
    public void Nothing_follows_the_last_version_of_all()
    {
        using var store = new StoreUnderTest();
        store.Set("/a", "one", version: ulong.MaxValue);
        Assert.Equal(StatusCode.VersionTooOld, store.Set("/a", "two"));
    }

    [Fact]
    public void A_head_gives_the_length_in_place_of_the_value()
    {
        using var store = new StoreUnderTest();
        Assert.Equal(StatusCode.NotFound, store.Run(new CacheCommand { Opcode = Opcode.Head, Path = "/a"u8 }));
        store.Set("/a", new byte[100_000], version: 7);
        Assert.Equal(StatusCode.Ok, store.Run(new CacheCommand { Opcode = Opcode.Head, Path = "/a"u8 }));
        Assert.Equal(100_000, System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(store.Output));
        Assert.Equal(4, store.Output.Length);
        Assert.Equal(7UL, store.Meta.Version);
    }

    [Fact]
    public void A_touch_that_compares_happens_only_to_the_version_it_names()
    {
        using var store = new StoreUnderTest();
        store.Set("/a", "one", version: 7);
        Assert.Equal(StatusCode.VersionMismatch, store.Write(Opcode.Touch, "/a", [], expiresAtMs: 0, compare: 8));
        Assert.Equal(StatusCode.Ok, store.Write(Opcode.Touch, "/a", [], expiresAtMs: store.NowMs + 5, compare: 7));
        Assert.Equal("one", store.OutputText);
        Assert.Equal(store.NowMs + 5, store.Meta.ExpiresAtMs);
    }

    [Fact]
    public void An_append_whose_value_nobody_wants_answers_its_length()
    {
        using var store = new StoreUnderTest();
        store.Set("/a", "one");
        var append = new CacheCommand { Opcode = Opcode.Append, Path = "/a"u8, Value = "two"u8 };
        Assert.Equal(StatusCode.Ok, store.RunAsIs(append));
        Assert.Equal(6L, System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(store.Output));
        Assert.Equal(8, store.Output.Length);
    }

    [Fact]
    public void A_write_that_is_not_newer_is_refused_with_the_stored_version()
    {
        using var store = new StoreUnderTest();
        store.Set("/a", "new", version: 10);
        Assert.Equal(StatusCode.VersionTooOld, store.Set("/a", "old", version: 9));
        Assert.Equal(StatusCode.VersionTooOld, store.Set("/a", "same", version: 10));
        Assert.Equal(10UL, store.Meta.Version);
        store.Get("/a");
        Assert.Equal("new", store.OutputText);
    }

    [Fact]
    public void A_read_that_must_see_a_newer_version_is_a_miss()
    {
        using var store = new StoreUnderTest();
        store.Set("/a", "one", version: 10);
        Assert.Equal(StatusCode.Ok, store.Get("/a", minVersion: 10));
        Assert.Equal(StatusCode.NotFound, store.Get("/a", minVersion: 11));
        Assert.Equal("", store.OutputText);
    }

    [Fact]
    public void A_deleted_path_refuses_a_late_older_write_until_its_tombstone_ends()
    {
        using var store = new StoreUnderTest();
        store.Set("/a", "one", version: 10);
        Assert.Equal(StatusCode.Ok, store.Delete("/a", version: 20));
        Assert.Equal(StatusCode.NotFound, store.Get("/a"));
        Assert.Equal(StatusCode.VersionTooOld, store.Set("/a", "late", version: 15));
        Assert.Equal(20UL, store.Meta.Version);
        store.NowMs += 60_001;
        Assert.Equal(StatusCode.Ok, store.Set("/a", "later", version: 15));
    }

    [Fact]
    public void A_delete_that_overtakes_its_write_still_wins()
    {
        using var store = new StoreUnderTest();
        Assert.Equal(StatusCode.NotFound, store.Delete("/a", version: 20));
        Assert.Equal(StatusCode.VersionTooOld, store.Set("/a", "overtaken", version: 19));
        Assert.Equal(StatusCode.Ok, store.Set("/a", "newer", version: 21));
    }

    [Fact]
    public void A_delete_that_compares_leaves_another_version_alone()
    {
        using var store = new StoreUnderTest();
        store.Set("/a", "one", version: 10);
        Assert.Equal(StatusCode.VersionMismatch, store.Delete("/a", compare: 9));
        Assert.Equal(10UL, store.Meta.Version);
        Assert.Equal(StatusCode.Ok, store.Delete("/a", compare: 10));
    }

    [Fact]
    public void Add_stores_only_where_nothing_is_and_gives_the_value_back()
    {
        using var store = new StoreUnderTest();
        Assert.Equal(StatusCode.Ok, store.Write(Opcode.Add, "/a", [1, 2], version: 3));
        Assert.Equal([1, 2], store.Output.ToArray());
        Assert.Equal(StatusCode.Exists, store.Write(Opcode.Add, "/a", [9], version: 4));
        Assert.Equal(3UL, store.Meta.Version);
        Assert.Equal(0, store.Output.Length);
    }

    [Fact]
    public void Replace_append_and_touch_need_an_entry()
    {
        using var store = new StoreUnderTest();
        Assert.Equal(StatusCode.NotFound, store.Write(Opcode.Replace, "/a", [1]));
        Assert.Equal(StatusCode.NotFound, store.Write(Opcode.Append, "/a", [1]));
        Assert.Equal(StatusCode.NotFound, store.Write(Opcode.CompareAndSet, "/a", [1], compare: 1));
        Assert.Equal(StatusCode.NotFound, store.Touch("/a", 0));
        Assert.Equal(StatusCode.NotFound, store.Increment("/a", 1));
    }

    [Fact]
    public void Append_and_prepend_join_and_keep_flags_and_expiry()
    {
        using var store = new StoreUnderTest();
        var expires = store.NowMs + 5_000;
        store.Set("/a", "b", flags: 7, expiresAtMs: expires, version: 1);
        store.Write(Opcode.Append, "/a", StoreUnderTest.Bytes("c"), version: 2);
        store.Write(Opcode.Prepend, "/a", StoreUnderTest.Bytes("a"), version: 3);
        Assert.Equal("abc", store.OutputText);
        Assert.Equal(new EntryMeta(3, 7, expires), store.Meta);
    }

    [Fact]
    public void Compare_and_set_takes_the_one_version_it_names()
    {
        using var store = new StoreUnderTest();
        store.Set("/a", "one", version: 10);
        Assert.Equal(StatusCode.VersionMismatch, store.Write(Opcode.CompareAndSet, "/a", [1], compare: 11));
        Assert.Equal(StatusCode.Ok, store.Write(Opcode.CompareAndSet, "/a", [1], version: 12, compare: 10));
        Assert.Equal(12UL, store.Meta.Version);
    }

    [Theory]
    [InlineData("41", 1, "42")]
    [InlineData("-5", -5, "-10")]
    [InlineData("9223372036854775806", 1, "9223372036854775807")]
    [InlineData("-9223372036854775807", -1, "-9223372036854775808")]
    public void Increment_adds_to_decimal_text(string stored, long delta, string sum)
    {
        using var store = new StoreUnderTest();
        store.Set("/n", stored);
        Assert.Equal(StatusCode.Ok, store.Increment("/n", delta));
        Assert.Equal(sum, store.OutputText);
        store.Get("/n");
        Assert.Equal(sum, store.OutputText);
    }

    [Theory]
    [InlineData("010")]
    [InlineData("+5")]
    [InlineData("-0")]
    [InlineData("-")]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("1 ")]
    [InlineData("1.5")]
    [InlineData("9223372036854775807")]
    [InlineData("99999999999999999999")]
    public void Increment_of_no_number_or_past_64_bits_is_refused_and_changes_nothing(string stored)
    {
        using var store = new StoreUnderTest();
        store.Set("/n", stored, version: 4);
        Assert.Equal(StatusCode.NotANumber, store.Increment("/n", 1));
        store.Get("/n");
        Assert.Equal((stored, 4UL), (store.OutputText, store.Meta.Version));
    }

    [Fact]
    public void Increment_begins_with_its_initial_value_and_expiry()
    {
        using var store = new StoreUnderTest();
        Assert.Equal(StatusCode.Ok, store.Increment("/n", 5, initial: 100, expiresAtMs: store.NowMs + 9));
        Assert.Equal("100", store.OutputText);
        Assert.Equal(store.NowMs + 9, store.Meta.ExpiresAtMs);
    }

    [Fact]
    public void A_write_with_a_hash_of_another_path_is_refused()
    {
        using var store = new StoreUnderTest();
        var command = new CacheCommand { Opcode = Opcode.Set, Path = "/a"u8, Value = "x"u8 };
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        Assert.Equal(StatusCode.BadRequest, store.Store.Execute(command, 1, store.NowMs, output, out _));
    }

    [Fact]
    public void Paths_and_values_of_every_width_come_back()
    {
        using var store = new StoreUnderTest(memoryBytes: 64 << 20);
        int[] paths = [1, 16, 255, 256, ProtocolLimits.PathBytesMax];
        int[] values = [0, 1, 255, 256, 4_000, 16_000, 65_535, 65_536, 1_000_003];
        foreach (var pathBytes in paths)
        {
            foreach (var valueBytes in values)
            {
                var path = new string((char)('a' + (valueBytes % 26)), pathBytes);
                Assert.Equal(StatusCode.Ok, store.Set(path, Pattern(valueBytes)));
                Assert.Equal(StatusCode.Ok, store.Get(path));
                Assert.True(store.Output.SequenceEqual(Pattern(valueBytes)), $"{pathBytes} + {valueBytes}");
            }
        }
    }

    [Fact]
    public void What_is_longer_than_its_limit_is_too_large()
    {
        using var store = new StoreUnderTest(memoryBytes: 1 << 20, valueBytesMax: 2_000_000);
        Assert.Equal(StatusCode.TooLarge, store.Set(new string('p', ProtocolLimits.PathBytesMax + 1), "x"));
        Assert.Equal(StatusCode.TooLarge, store.Set("/over/the/value/limit", new byte[2_000_001]));
        Assert.Equal(StatusCode.TooLarge, store.Set("/over/the/budget", new byte[1_500_000]));
        store.Set("/grows", new byte[500_000]);
        Assert.Equal(StatusCode.TooLarge, store.Write(Opcode.Append, "/grows", new byte[900_000]));
    }

    [Theory]
    [InlineData(1L << 19, 1, 0, 0)]
    [InlineData(1L << 20, 0, 0, 0)]
    [InlineData(1L << 20, (512 << 20) + 1, 0, 0)]
    [InlineData(1L << 20, 1, 3, 0)]
    [InlineData(1L << 20, 1, 64, 16384)]
    [InlineData(1L << 20, 1, 1, 5000)]
    public void Wrong_limits_are_refused_at_the_start(long memory, int value, int partitions, int segment) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new StoreUnderTest(memory, value, partitions, segment));

    [Fact]
    public void A_hit_and_a_miss_are_counted()
    {
        using var store = new StoreUnderTest();
        store.Set("/a", "x");
        store.Get("/a");
        store.Get("/b");
        Assert.Equal((1L, 1L, 1L), (store.Stats.Hits, store.Stats.Misses, store.Stats.Entries));
    }

    internal static byte[] Pattern(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
