using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Hedgerow.Tests;

namespace Hedgerow.Protocol.Tests;

/// <summary>Maps of fields against a list of pairs, the naive form of the same promises.</summary>
public class FieldMapTests
{
    private static readonly Gen<(int Kind, (int Name, byte[] Value)[] Fields)[]> Steps = Gen.Select(
        Gen.Int[0, 2], Gen.Select(Gen.Int[0, 60], Gen.Byte.Array[0, 40]).Array[1, 12]).Array[1, 30];

    [Fact]
    public void Whatever_is_set_and_removed_a_map_has_what_a_list_of_pairs_has() => Steps.Sample(
        steps =>
        {
            var map = Array.Empty<byte>();
            var model = new List<(string Name, byte[] Value)>();
            foreach (var (kind, fields) in steps)
            {
                var difference = kind == 2
                    ? Remove(ref map, [.. fields.Select(f => $"n{f.Name}")])
                    : Set(ref map, fields, onlyIfAbsent: kind == 1);

                Assert.Equal(Apply(model, kind, fields), difference);
                Check(map, model);
            }
        },
        iter: 300);

    [Theory]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(3_000)]
    public void Every_field_of_a_map_is_found_and_no_other(int fields)
    {
        var map = FieldMap.Over(Filled(fields));

        Assert.Equal(fields > 16, map.IsHashed);
        for (var i = 0; i < fields; i++)
        {
            Assert.True(map.TryGet(Encoding.UTF8.GetBytes($"n{i}"), out var value));
            Assert.Equal($"v{i}", Encoding.UTF8.GetString(value));
            Assert.False(map.TryGet(Encoding.UTF8.GetBytes($"m{i}"), out _));
        }
    }

    [Fact]
    public void A_walk_by_rank_meets_every_field_in_the_order_of_hashes()
    {
        var map = FieldMap.Over(Filled(500));
        var seen = new HashSet<string>();
        uint last = 0;
        for (var rank = 0; rank < map.Count; rank++)
        {
            map.AtRank(rank, out var hash, out var name, out _);
            Assert.True(hash >= last);
            Assert.Equal(FieldMap.HashOf(name), hash);
            Assert.True(map.RankOf(hash) <= rank);
            last = hash;
            seen.Add(Encoding.UTF8.GetString(name));
        }

        Assert.Equal(500, seen.Count);
    }

    [Fact]
    public void Of_a_name_that_is_there_twice_in_one_list_the_later_value_counts_or_the_first_if_only_absent_ones_do()
    {
        (int, byte[])[] twice = [(1, "a"u8.ToArray()), (2, "b"u8.ToArray()), (1, "c"u8.ToArray())];
        byte[] later = [], first = [];
        Assert.Equal(2, Set(ref later, twice, onlyIfAbsent: false));
        Assert.Equal(2, Set(ref first, twice, onlyIfAbsent: true));

        Assert.True(FieldMap.Over(later).TryGet("n1"u8, out var laterValue));
        Assert.True(FieldMap.Over(first).TryGet("n1"u8, out var firstValue));
        Assert.Equal("c", Encoding.UTF8.GetString(laterValue));
        Assert.Equal("a", Encoding.UTF8.GetString(firstValue));
    }

    [Fact]
    public void Zeros_that_fill_a_page_are_no_part_of_a_map_and_anything_else_behind_it_is_an_error()
    {
        var map = Filled(20);
        Assert.True(FieldMap.TryRead((byte[])[.. map, .. new byte[4_095]], out var padded, out _));
        Assert.Equal(map.Length, padded.Bytes);
        Assert.False(FieldMap.TryRead((byte[])[.. map, .. new byte[4_096]], out _, out var tooMany));
        Assert.Contains("4,096 zeros", tooMany);
        Assert.False(FieldMap.TryRead((byte[])[.. map, 1], out _, out _));
    }

    [Fact]
    public void Reads_of_bytes_that_were_not_checked_end_and_never_throw()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var whole = Filled(40);
        for (var round = 0; round < 3_000; round++)
        {
            var torn = Mutation.Of(whole, random);
            try
            {
                var map = FieldMap.Over(torn);
                map.TryGet("n1"u8, out _);
                map.TryGet("n39"u8, out _);
                foreach (var (name, value) in map) Assert.True(name.Length + value.Length <= torn.Length);
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}, round {round}: {exception}\n{Convert.ToHexStringLower(torn)}");
            }
        }
    }

    [Fact]
    public void A_broken_map_is_refused_with_what_is_wrong()
    {
        var map = Filled(20);
        Assert.Contains("no map", Problem([]));
        Assert.Contains("no map", Problem(new byte[8]));
        Assert.Contains("directory", Problem(Changed(map, 8)));
        Assert.Contains("twice", Problem([2, 0, 0, 0, 14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 65, 1, 0, 0, 0, 0, 0, 65]));
        Assert.Contains("says", Problem([3, 0, 0, 0, 14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 65, 1, 0, 0, 0, 0, 0, 66]));
    }

    [Fact]
    public void Names_made_to_have_one_hash_are_too_many_from_the_33rd_on_and_a_map_of_many_of_them_is_none()
    {
        Assert.Equal(FieldMap.HashOf(OfOneHash(1)), FieldMap.HashOf(OfOneHash(2)));
        byte[] map = [];
        Assert.Equal(32, SetOfOneHash(ref map, 0, 32));
        Assert.True(FieldMap.TryRead(map, out var whole, out _));
        for (var i = 0; i < 32; i++) Assert.True(whole.TryGet(OfOneHash(i), out _));
        Assert.Equal(0, SetOfOneHash(ref map, 0, 32));
        Assert.True(SetOfOneHash(ref map, 32, 1) > FieldMap.FieldsMax / 2);
        byte[] none = [];
        Assert.True(SetOfOneHash(ref none, 0, 60_000) > FieldMap.FieldsMax / 2);

        const string TooMany = "More than 48 names of the map have one hash.";
        Assert.Equal(TooMany, Problem(MapOfOneHash(49)));
        Assert.Equal(TooMany, Problem(MapOfOneHash(60_000)));
        Assert.True(FieldMap.TryRead(MapOfOneHash(48), out _, out var error), error);
    }

    [Fact]
    public void An_edit_of_a_map_that_is_warm_allocates_nothing()
    {
        var map = Filled(200);
        var room = new byte[map.Length + 64];
        for (var i = 0; i < 100; i++) Edit(map, room);
        Assert.Equal(0, AllocatedBytes.Least(() =>
        {
            for (var i = 0; i < 1_000; i++) Edit(map, room);
        }));
    }

    /// <summary>XXH3 multiplies the first eight bytes, which become 0 here, with the next, which do not count so.
    /// </summary>
    private static byte[] OfOneHash(int number)
    {
        var name = new byte[32];
        BinaryPrimitives.WriteUInt64LittleEndian(name, 0xBE4BA423396CFEB8);
        BinaryPrimitives.WriteInt32LittleEndian(name.AsSpan(8), number);
        return name;
    }

    private static int SetOfOneHash(ref byte[] map, int first, int count)
    {
        var bytes = new ArrayBufferWriter<byte>();
        for (var i = first; i < first + count; i++)
        {
            FieldList.Write(bytes, OfOneHash(i));
            FieldList.Write(bytes, "v"u8);
        }

        Assert.True(FieldList.TryRead(bytes.WrittenSpan, out var list, out _));
        using var edit = FieldMapEdit.Set(FieldMap.Over(map), list, bytes.WrittenSpan, onlyIfAbsent: false);
        Assert.False(edit.IsEmpty);
        return edit.Count > FieldMap.FieldsMax ? edit.Difference : Finish(ref map, edit);
    }

    /// <summary>A map as no edit makes it.</summary>
    private static byte[] MapOfOneHash(int count)
    {
        const int FieldBytes = sizeof(ushort) + sizeof(uint) + 32;
        var map = new byte[(2 * sizeof(uint)) + (count * (sizeof(ulong) + FieldBytes))];
        BinaryPrimitives.WriteInt32LittleEndian(map, count);
        BinaryPrimitives.WriteInt32LittleEndian(map.AsSpan(sizeof(uint)), count * FieldBytes);
        var directory = map.AsSpan(2 * sizeof(uint), count * sizeof(ulong));
        var fields = map.AsSpan((2 * sizeof(uint)) + directory.Length);
        for (var i = 0; i < count; i++)
        {
            var slot = ((ulong)FieldMap.HashOf(OfOneHash(i)) << 32) | (uint)(i * FieldBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(directory[(i * sizeof(ulong))..], slot);
            BinaryPrimitives.WriteUInt16LittleEndian(fields[(i * FieldBytes)..], 32);
            OfOneHash(i).CopyTo(fields[((i * FieldBytes) + sizeof(ushort) + sizeof(uint))..]);
        }

        return map;
    }

    private static void Edit(byte[] map, byte[] room)
    {
        using var edit = FieldMapEdit.Set(FieldMap.Over(map), "n100"u8, "another"u8);
        edit.WriteTo(room);
    }

    private static string Problem(byte[] bytes)
    {
        Assert.False(FieldMap.TryRead(bytes, out _, out var error));
        return error;
    }

    private static byte[] Changed(byte[] bytes, int at)
    {
        var changed = bytes.ToArray();
        changed[at] ^= 0x55;
        return changed;
    }

    private static byte[] Filled(int fields)
    {
        byte[] map = [];
        Set(ref map, [.. Enumerable.Range(0, fields).Select(i => (i, Encoding.UTF8.GetBytes($"v{i}")))], false);
        return map;
    }

    private static int Set(ref byte[] map, (int Name, byte[] Value)[] fields, bool onlyIfAbsent)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var (name, value) in fields)
        {
            FieldList.Write(bytes, Encoding.UTF8.GetBytes($"n{name}"));
            FieldList.Write(bytes, value);
        }

        Assert.True(FieldList.TryRead(bytes.WrittenSpan, out var list, out _));
        using var edit = FieldMapEdit.Set(FieldMap.Over(map), list, bytes.WrittenSpan, onlyIfAbsent);
        return Finish(ref map, edit);
    }

    private static int Remove(ref byte[] map, string[] names)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var name in names) FieldList.Write(bytes, Encoding.UTF8.GetBytes(name));
        Assert.True(FieldList.TryRead(bytes.WrittenSpan, out var list, out _));
        using var edit = FieldMapEdit.Remove(FieldMap.Over(map), list, bytes.WrittenSpan);
        return Finish(ref map, edit);
    }

    private static int Finish(ref byte[] map, in FieldMapEdit edit)
    {
        if (edit.IsEmpty) return 0;
        var next = new byte[edit.Count == 0 ? 0 : edit.Bytes];
        if (edit.Count > 0) edit.WriteTo(next);
        map = next;
        return edit.Difference;
    }

    private static int Apply(List<(string Name, byte[] Value)> model, int kind, (int Name, byte[] Value)[] fields)
    {
        var before = model.Count;
        foreach (var (number, value) in fields)
        {
            var name = $"n{number}";
            var at = model.FindIndex(f => f.Name == name);
            if (kind == 2 && at >= 0) model.RemoveAt(at);
            if (kind == 2 || (kind == 1 && at >= 0)) continue;
            if (at >= 0) model[at] = (name, value);
            else model.Add((name, value));
        }

        return model.Count - before;
    }

    private static void Check(byte[] bytes, List<(string Name, byte[] Value)> model)
    {
        if (model.Count == 0)
        {
            Assert.Empty(bytes);
            return;
        }

        Assert.True(FieldMap.TryRead(bytes, out var map, out var error), error);
        Assert.Equal(model.Count, map.Count);
        var at = 0;
        foreach (var (name, value) in map)
        {
            Assert.Equal(model[at].Name, Encoding.UTF8.GetString(name));
            Assert.Equal(model[at].Value, value.ToArray());
            Assert.True(map.TryGet(name, out var found) && found.SequenceEqual(value));
            at++;
        }
    }
}
