using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>Entries that are maps of fields: one by one, and at random beside a dictionary of dictionaries.</summary>
public sealed class StoreFieldTests
{
    [Fact]
    public void Fields_are_set_read_and_removed_and_the_last_takes_the_entry_along()
    {
        using var store = new StoreUnderTest();
        Assert.Equal((StatusCode.Ok, 2L), Set(store, "/m", "a", "1", "b", "2"));
        Assert.Equal(EntryKind.Fields, store.Meta.Kind);
        Assert.Equal((StatusCode.Ok, 0L), Set(store, "/m", "a", "3"));
        Assert.Equal("3,-,2", Get(store, "/m", "a", "x", "b"));
        Assert.Equal((StatusCode.Ok, 1L), Remove(store, "/m", "a", "x"));
        Assert.Equal((StatusCode.Ok, 1L), Remove(store, "/m", "b"));
        Assert.Equal(StatusCode.NotFound, store.Get("/m"));
        Assert.Equal(StatusCode.NotFound, Remove(store, "/m", "b").Status);
        Assert.Equal((0L, 1L), (store.Stats.Entries, store.Stats.Tombstones));
    }

    [Fact]
    public void A_change_keeps_flags_and_expiry_and_has_a_later_version()
    {
        using var store = new StoreUnderTest();
        Set(store, "/m", "a", "1");
        store.Touch("/m", store.NowMs + 1_000);
        var touched = store.Meta.Version;
        Assert.Equal(StatusCode.Ok, Set(store, "/m", "b", "2").Status);
        Assert.Equal(store.NowMs + 1_000, store.Meta.ExpiresAtMs);
        Assert.True(store.Meta.Version > touched);
        store.NowMs += 1_000;
        Assert.Equal((StatusCode.Ok, 1L), Set(store, "/m", "c", "3"));
        Assert.Equal(0, store.Meta.ExpiresAtMs);
        Assert.Equal("-,-,3", Get(store, "/m", "a", "b", "c"));
    }

    [Fact]
    public void What_changes_nothing_leaves_the_version()
    {
        using var store = new StoreUnderTest();
        Set(store, "/m", "a", "1");
        var version = store.Meta.Version;
        Assert.Equal((StatusCode.Ok, 0L), Remove(store, "/m", "x"));
        Assert.Equal((StatusCode.Ok, 0L), Set(store, Opcode.FieldSet, "/m", onlyIfAbsent: true, "a", "2"));
        Assert.Equal(version, store.Meta.Version);
        Assert.Equal("1", Get(store, "/m", "a"));
    }

    [Fact]
    public void A_number_of_a_field_is_added_to_and_what_is_none_is_refused()
    {
        using var store = new StoreUnderTest();
        Assert.Equal((StatusCode.Ok, 5L), Add(store, "/m", "n", 5));
        Assert.Equal((StatusCode.Ok, -2L), Add(store, "/m", "n", -7));
        Set(store, "/m", "t", "text", "max", long.MaxValue.ToString());
        Assert.Equal(StatusCode.NotANumber, Add(store, "/m", "t", 1).Status);
        Assert.Equal(StatusCode.NotANumber, Add(store, "/m", "max", 1).Status);
        Assert.Equal("-2", Get(store, "/m", "n"));
    }

    [Fact]
    public void Operations_of_the_other_kind_are_refused_and_a_set_changes_the_kind()
    {
        using var store = new StoreUnderTest();
        Set(store, "/m", "a", "1");
        foreach (var opcode in new[] { Opcode.Append, Opcode.Prepend, Opcode.Increment })
            Assert.Equal(StatusCode.WrongKind, store.Write(opcode, "/m", [(byte)'1']));
        Assert.Equal(StatusCode.Ok, store.Set("/m", "plain"));
        Assert.Equal(StatusCode.WrongKind, Set(store, "/m", "a", "1").Status);
        Assert.Equal(StatusCode.WrongKind, Add(store, "/m", "a", 1).Status);
        Assert.Equal(StatusCode.WrongKind, Remove(store, "/m", "a").Status);
        Assert.Equal(StatusCode.WrongKind, store.Run(new CacheCommand
        {
            Opcode = Opcode.FieldGet, Path = "/m"u8, Value = List("a"),
        }));
        Assert.Equal(EntryKind.Value, store.Meta.Kind);
    }

    [Fact]
    public void A_change_that_compares_happens_only_to_the_version_it_names()
    {
        using var store = new StoreUnderTest();
        Set(store, "/m", "a", "1");
        var version = store.Meta.Version;
        var set = new CacheCommand { Opcode = Opcode.FieldSet, Path = "/m"u8, Value = List("a", "2") };
        Assert.Equal(StatusCode.VersionMismatch, store.Run(set with { CompareVersion = version + 1 }));
        Assert.Equal(StatusCode.Ok, store.Run(set with { CompareVersion = version }));
        Assert.Equal(StatusCode.NotFound, store.Run(set with { Path = "/none"u8, CompareVersion = version }));
    }

    [Fact]
    public void A_map_from_elsewhere_is_checked_and_stored_without_the_zeros_behind_it()
    {
        using var store = new StoreUnderTest();
        Set(store, "/m", "a", "1");
        store.Get("/m");
        byte[] map = store.Output.ToArray();
        var set = new CacheCommand { Opcode = Opcode.Set, Path = "/copy"u8, Kind = EntryKind.Fields };
        Assert.Equal(StatusCode.Ok, store.Run(set with { Value = (byte[])[.. map, .. new byte[100]] }));
        store.Get("/copy");
        Assert.Equal(map, store.Output.ToArray());
        Assert.Equal(StatusCode.BadRequest, store.Run(set with { Value = "no map"u8 }));
        Assert.Equal(StatusCode.BadRequest, store.Run(set with { Value = default }));
    }

    [Fact]
    public void A_map_of_megabytes_works_field_by_field_and_gives_its_memory_back()
    {
        using var store = new StoreUnderTest(memoryBytes: 64 << 20);
        var items = Enumerable.Range(0, 60_000).SelectMany(i => new[] { $"name {i}", $"value {i}" }).ToArray();
        Assert.Equal((StatusCode.Ok, 60_000L), Set(store, "/m", items));
        Assert.Equal("value 0,-,value 59999", Get(store, "/m", "name 0", "other", "name 59999"));
        Assert.Equal((StatusCode.Ok, 1L), Set(store, "/m", "other", "one more", "name 7", "changed"));
        Assert.Equal((StatusCode.Ok, 1L), Remove(store, "/m", "name 8"));
        Assert.Equal("one more,changed,-", Get(store, "/m", "other", "name 7", "name 8"));
        store.Get("/m");
        Assert.True(FieldMap.TryRead(store.Output, out var map, out var error), error);
        Assert.Equal(60_000, map.Count);
        store.Delete("/m");
        Assert.InRange(store.Stats.LiveBytes, 0, 1_000);
    }

    [Fact]
    public void A_map_over_its_limits_is_refused_as_it_was()
    {
        using var store = new StoreUnderTest(memoryBytes: 64 << 20, valueBytesMax: 100_000);
        Set(store, "/m", "a", "1");
        Assert.Equal(StatusCode.TooLarge, Set(store, "/m", "b", new string('x', 100_000)).Status);
        Assert.Equal("1,-", Get(store, "/m", "a", "b"));
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(1_000_000)]
    public void Names_that_are_given_again_and_again_get_no_more_than_a_message_may_have(int valueBytes)
    {
        using var store = new StoreUnderTest(memoryBytes: 64 << 20);
        Set(store, "/m", "f", new string('v', valueBytes), "g", "1");
        var names = Enumerable.Repeat("f", (18 << 20) / valueBytes).ToArray();
        var get = new CacheCommand { Opcode = Opcode.FieldGet, Path = "/m"u8, Value = List(names) };
        Assert.Equal(StatusCode.TooLarge, store.Run(get));
        Assert.Equal(StatusCode.Ok, store.Run(get with { Value = List(names[..(names.Length / 2)]) }));
        Assert.Equal(names.Length / 2 * FieldValues.BytesOf(valueBytes), store.Output.Length);
    }

    [Fact]
    public void All_fields_of_a_map_larger_than_a_message_are_given_together()
    {
        using var store = new StoreUnderTest(memoryBytes: 128 << 20, valueBytesMax: 64 << 20);
        var value = new string('v', 1_000_000);
        for (var i = 0; i < 20; i++) Set(store, "/m", $"{i}", value);
        var names = List([.. Enumerable.Range(0, 20).Select(i => $"{i}")]);
        Assert.Equal(
            StatusCode.Ok, store.Run(new CacheCommand { Opcode = Opcode.FieldGet, Path = "/m"u8, Value = names }));
        Assert.Equal(20 * FieldValues.BytesOf(value.Length), store.Output.Length);
    }

    [Theory]
    [InlineData(1, 20)]
    [InlineData(2, 3_000)]
    public void At_random_a_map_is_what_a_dictionary_is(int seed, int valueBytesMax)
    {
        using var store = new StoreUnderTest(memoryBytes: 64 << 20, partitions: 2);
        var random = new Random(seed);
        var model = new Dictionary<string, Dictionary<string, string>>();
        for (var step = 0; step < 4_000; step++)
        {
            var path = $"/m/{random.Next(8)}";
            if (!model.TryGetValue(path, out var fields)) model[path] = fields = [];
            var name = $"f{random.Next(60)}";
            switch (random.Next(8))
            {
                case 0:
                    var had = fields.Remove(name);
                    var removed = Remove(store, path, name);
                    Assert.Equal(had, removed is (StatusCode.Ok, 1));
                    break;
                case 1:
                    store.Delete(path);
                    fields.Clear();
                    break;
                case 2 when !fields.TryGetValue("#", out var number) || number.Length < 15:
                    var sum = long.Parse(fields.GetValueOrDefault("#", "0")) + step;
                    Assert.Equal((StatusCode.Ok, sum), Add(store, path, "#", step));
                    fields["#"] = sum.ToString();
                    break;
                default:
                    var value = new string((char)('a' + (step % 26)), random.Next(valueBytesMax));
                    var isNew = fields.TryAdd(name, value);
                    fields[name] = value;
                    Assert.Equal((StatusCode.Ok, isNew ? 1L : 0L), Set(store, path, name, value));
                    break;
            }

            Assert.True(Agrees(store, path, fields), $"seed {seed}, step {step}");
        }

        store.Store.Verify();
    }

    private static bool Agrees(StoreUnderTest store, string path, Dictionary<string, string> fields)
    {
        if (store.Get(path) != StatusCode.Ok) return fields.Count == 0;
        if (!FieldMap.TryRead(store.Output, out var map, out _) || map.Count != fields.Count) return false;
        foreach (var (name, value) in map)
            if (fields.GetValueOrDefault(Encoding.UTF8.GetString(name)) != Encoding.UTF8.GetString(value)) return false;
        return true;
    }

    private static (StatusCode Status, long Number) Set(StoreUnderTest store, string path, params string[] items) =>
        Set(store, Opcode.FieldSet, path, onlyIfAbsent: false, items);

    private static (StatusCode Status, long Number) Remove(StoreUnderTest store, string path, params string[] names) =>
        Set(store, Opcode.FieldDelete, path, onlyIfAbsent: false, names);

    private static (StatusCode Status, long Number) Set(
        StoreUnderTest store, Opcode opcode, string path, bool onlyIfAbsent, params string[] items)
    {
        var status = store.RunAsIs(new CacheCommand
        {
            Opcode = opcode, Path = StoreUnderTest.Bytes(path), Value = List(items), OnlyIfAbsent = onlyIfAbsent,
        });
        return (status, Number(store));
    }

    private static (StatusCode Status, long Number) Add(StoreUnderTest store, string path, string name, long delta)
    {
        var status = store.RunAsIs(new CacheCommand
        {
            Opcode = Opcode.FieldIncrement, Path = StoreUnderTest.Bytes(path), Value = List(name), Delta = delta,
        });
        return (status, Number(store));
    }

    private static long Number(StoreUnderTest store) =>
        store.Output.Length == sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(store.Output) : 0;

    private static string Get(StoreUnderTest store, string path, params string[] names)
    {
        Assert.Equal(StatusCode.Ok, store.Run(new CacheCommand
        {
            Opcode = Opcode.FieldGet, Path = StoreUnderTest.Bytes(path), Value = List(names),
        }));
        Assert.True(FieldValues.TryRead(store.Output, out var values, out var error), error);
        var texts = new List<string>();
        while (values.MoveNext()) texts.Add(values.IsPresent ? Encoding.UTF8.GetString(values.Value) : "-");
        return string.Join(',', texts);
    }

    internal static byte[] List(params string[] items)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var item in items) FieldList.Write(output, Encoding.UTF8.GetBytes(item));
        return output.WrittenSpan.ToArray();
    }
}
