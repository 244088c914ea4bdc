using System.Buffers;
using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>
/// The bytes of the present version of every kind of file, in hexadecimal. They never change: another format is another
/// version, and those of before stay. To make them for a new version, run the tests once with HEDGEROW_GOLDEN=write in
/// the environment; a file that exists is never overwritten.
/// </summary>
public sealed class GoldenFileTests
{
    private const int BytesPerLine = 32;

    private const string B = """{"body":"a hedge row","tags":["x","y"],"day":"2024-05-31"}""";

    private static readonly string Folder = FindFolder("v2");

    [Fact]
    public void The_same_documents_make_the_same_bytes()
    {
        using var temporary = new TemporaryDirectory();
        Write(temporary.Path);
        foreach (var file in Directory.GetFiles(temporary.Path))
        {
            var golden = Path.Combine(Folder, Path.GetFileName(file) + ".hex");
            var hex = Format(File.ReadAllBytes(file));
            if (!File.Exists(golden) && Environment.GetEnvironmentVariable("HEDGEROW_GOLDEN") == "write")
                File.WriteAllText(golden, hex);
            Assert.True(File.Exists(golden), $"{golden} is missing; its bytes would be\n{hex}");
            Assert.Equal(File.ReadAllText(golden), hex);
        }

        Assert.Equal(Directory.GetFiles(Folder).Length, Directory.GetFiles(temporary.Path).Length);
    }

    [Fact]
    public void The_golden_files_are_read_as_an_index()
    {
        using var temporary = new TemporaryDirectory();
        Restore(Folder, temporary.Path);
        using var directory = IndexDirectory.OnDisk(temporary.Path);
        using var index = Open(directory);
        Assert.Equal(42, index.CommittedPosition);
        Assert.Equal(2, index.SearchableDocuments);
        Assert.Equal(9UL, index.StoredVersion("/docs/gone"u8));
        var json = new ArrayBufferWriter<byte>();
        Assert.True(index.TryGet("/docs/b"u8, json, out var version));
        Assert.Equal(2UL, version);
        Assert.Equal(B, Encoding.UTF8.GetString(json.WrittenSpan));
        var query = new PhraseQuery("body", "hedge row", 0);
        var request = new SearchRequest { Collection = "docs", Query = query };
        index.Search(request, SearchBudget.Unlimited(), out var reply, out _);
        Assert.Equal("/docs/b", Assert.Single(reply!.Hits).Path);
    }

    [Fact]
    public void An_index_of_version_one_is_refused_by_name()
    {
        using var temporary = new TemporaryDirectory();
        Restore(FindFolder("v1"), temporary.Path);
        using var directory = IndexDirectory.OnDisk(temporary.Path);
        var error = Assert.Throws<IndexCorruptException>(() => Open(directory));
        Assert.Contains("it is of version 1; this build reads 2", error.Message, StringComparison.Ordinal);
    }

    private static void Restore(string golden, string path)
    {
        foreach (var file in Directory.GetFiles(golden))
        {
            var bytes = Convert.FromHexString(string.Concat(File.ReadAllLines(file)));
            File.WriteAllBytes(Path.Combine(path, Path.GetFileNameWithoutExtension(file)), bytes);
        }
    }

    private static void Write(string path)
    {
        using var directory = IndexDirectory.OnDisk(path);
        using var index = Open(directory);
        Put(index, "/docs/a", 1, """{"title":"Old oak","price":1.5}""");
        Put(index, "/docs/b", 2, B);
        Put(index, "/docs/c", 3, """{"title":"row","tags":"x"}""");
        index.Delete("/docs/gone"u8, 9, out _, out _);
        index.Flush(41);
        index.Delete("/docs/c"u8, 10, out _, out _);
        index.Flush(42);
    }

    private static void Put(CollectionIndex index, string path, ulong version, string json) => Assert.Equal(
        StatusCode.Ok, index.Put(Corpus.Utf8(path), version, Corpus.Utf8(json), out _, out _));

    private static CollectionIndex Open(IndexDirectory directory) => CollectionIndex.Open(
        directory,
        Corpus.Schema,
        _ => WordAnalyzer.Instance,
        new CollectionIndexOptions(),
        new FakeTimeProvider(DateTimeOffset.UnixEpoch));

    private static string Format(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        for (var at = 0; at < bytes.Length; at += BytesPerLine)
            text.Append(Convert.ToHexStringLower(bytes[at..Math.Min(bytes.Length, at + BytesPerLine)])).Append('\n');
        return text.ToString();
    }

    private static string FindFolder(string version)
    {
        for (var d = new DirectoryInfo(AppContext.BaseDirectory); d is not null; d = d.Parent)
            if (File.Exists(Path.Combine(d.FullName, "Cache.sln")))
                return Path.Combine(d.FullName, "tests", "Leaf.Tests", "Search", "Indexing", "Golden", version);
        throw new InvalidOperationException("No Cache.sln above " + AppContext.BaseDirectory);
    }
}
