using System.Text;
using CsCheck;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>The two sorted tables of a segment, terms and paths, against a sorted list.</summary>
public sealed unsafe class DictionaryTests
{
    /// <summary>Short ones and long ones, with a beginning that all share or without.</summary>
    private static readonly Gen<byte[][]> Keys = Gen.Select(
        Gen.OneOf(Gen.String[Gen.Char["abcé/"], 1, 9], Gen.String[Gen.Char["ab"], 1, 40]).Array[1, 300],
        Gen.OneOf(Gen.Const(""), Gen.Const("http://ab"), Gen.Const(new string((char)0, 10))),
        (texts, beginning) => Array.ConvertAll(texts, text => beginning + text))
        .Select(texts => texts.Distinct().Select(Encoding.UTF8.GetBytes).Order(Bytes.Instance).ToArray());

    [Fact]
    public void Terms_are_found_and_absent_ones_are_not() => Keys.Sample(
        keys =>
        {
            var writer = new TermDictionaryWriter();
            for (var i = 0; i < keys.Length; i++) writer.Add(keys[i], i + 1, i * 10);
            using var region = Written(writer.Write);
            var dictionary = new TermDictionary(region.Start);
            Assert.Equal(keys.Length, dictionary.Count);
            for (var i = 0; i < keys.Length; i++)
            {
                Assert.True(dictionary.TryFind(keys[i], out var entry));
                Assert.Equal(new TermEntry(i + 1, 10L * i * (i - 1) / 2, i), entry);
                Assert.Equal(i, dictionary.LowerBound(keys[i]));
                Assert.Equal(i + 1, dictionary.LowerBound([.. keys[i], 0]));
                Absent(keys, [.. keys[i], (byte)'a'], key => dictionary.TryFind(key, out _));
                Absent(keys, keys[i][..^1], key => dictionary.TryFind(key, out _));
            }

            CheckCursor(dictionary, keys);
        },
        iter: 60);

    [Fact]
    public void Paths_are_found_by_hash_by_number_and_by_order() => Keys.Sample(
        keys =>
        {
            var writer = new PathTableWriter();
            foreach (var key in keys) writer.Add(key);
            using var region = Written(writer.Write);
            var table = new PathTable(region.Start);
            Assert.Equal(keys.Length, table.Count);
            for (var i = 0; i < keys.Length; i++)
            {
                Assert.Equal(i, table.Find(keys[i], PathTable.Hash(keys[i])));
                Assert.Equal(keys[i], table.Read(i));
                Assert.Equal(i, table.LowerBound(keys[i]));
                byte[] behind = [.. keys[i], 0];
                Assert.Equal(i + 1, table.LowerBound(behind));
                Assert.Equal(-1, table.Find(behind, PathTable.Hash(behind)));
            }

            Assert.Equal(0, table.LowerBound([]));
        },
        iter: 60);

    [Fact]
    public void An_empty_table_has_nothing()
    {
        using var region = Written(new PathTableWriter().Write);
        var table = new PathTable(region.Start);
        Assert.Equal(-1, table.Find([1], PathTable.Hash([1])));
        Assert.Equal(0, table.LowerBound([1]));
        Assert.False(table.CursorAt(0).MoveNext());
    }

    private static void CheckCursor(TermDictionary dictionary, byte[][] keys)
    {
        var cursor = dictionary.Cursor();
        foreach (var key in keys)
        {
            Assert.True(cursor.MoveNext());
            Assert.Equal(key, cursor.Term);
        }

        Assert.False(cursor.MoveNext());
        for (var i = 0; i < keys.Length; i++)
        {
            cursor.SeekOrdinal(i);
            Assert.Equal(keys[i], cursor.Term);
            Assert.True(cursor.Seek(keys[i]));
            Assert.Equal(i, cursor.Entry.Ordinal);
            Assert.Equal(i + 1 < keys.Length, cursor.Seek([.. keys[i], 0]));
        }
    }

    private static void Absent(byte[][] keys, byte[] key, Func<byte[], bool> find)
    {
        if (!keys.Any(k => k.AsSpan().SequenceEqual(key))) Assert.False(find(key));
    }

    private static IndexRegion Written(Action<IndexOutput> write)
    {
        IndexRegion? region = null;
        using var output = new MemoryIndexOutput("test", (bytes, n) => region = IndexRegion.OfPinned("test", bytes, n));
        write(output);
        output.Finish();
        return region!;
    }

    private sealed class Bytes : IComparer<byte[]>
    {
        public static readonly Bytes Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
