using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>What takes long when segments are written looks around, and the order of things is the same.</summary>
public sealed class LongPiecesTests
{
    private static readonly MergePace Ended = MergePace.Unbounded(new CancellationToken(canceled: true));

    [Theory]
    [InlineData(10)]
    [InlineData(1_500)]
    [InlineData(20_000)]
    public void Terms_are_in_the_order_of_their_bytes_whatever_their_beginnings_share(int count)
    {
        var random = new Random(count);
        var hash = new TermHash();
        var terms = new HashSet<string>();
        while (terms.Count < count)
        {
            var prefix = (random.Next(4)) switch
            {
                0 => "",
                1 => "s",
                2 => "samestart",
                _ => "s\0",
            };
            terms.Add(prefix + random.Next(count * 2).ToString(CultureInfo.InvariantCulture));
        }

        foreach (var term in terms) hash.Add(Encoding.UTF8.GetBytes(term));
        var sorted = hash.Sorted();
        Assert.Equal(count, sorted.ToArray().Distinct().Count());
        for (var i = 1; i < sorted.Length; i++)
            Assert.True(hash[sorted[i - 1]].SequenceCompareTo(hash[sorted[i]]) < 0);
    }

    [Fact]
    public void Sorting_terms_looks_at_the_pace()
    {
        var hash = new TermHash();
        var term = new byte[sizeof(int)];
        for (var i = 0; i < 5_000; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(term, i * 7_919);
            hash.Add(term);
        }

        Assert.Throws<OperationCanceledException>(() => hash.Sorted(Ended).Length);
    }

    [Fact]
    public void Checking_and_writing_a_file_look_at_the_pace()
    {
        IndexRegion? region = null;
        using var output = new MemoryIndexOutput("test", (bytes, n) => region = IndexRegion.OfPinned("test", bytes, n));
        FileFrame.Begin(output, FileKind.Deletes);
        output.Write(new byte[600_000]);
        FileFrame.End(output);
        FileFrame.Verify(region!, FileKind.Deletes);
        Assert.Throws<OperationCanceledException>(() => FileFrame.Verify(region!, FileKind.Deletes, Ended));
        using var other = new PageIndexOutput("test") { Pace = Ended };
        Assert.Throws<OperationCanceledException>(() => other.Write(new byte[600_000]));
    }

    [Fact]
    public void Memory_that_was_given_back_is_unmapped_without_whoever_was_the_last_to_read_it()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("reads /proc/self/maps");
        using var temporary = new TemporaryDirectory();
        var path = Path.Combine(temporary.Path, "given-back");
        File.WriteAllBytes(path, new byte[5_000_000]);
        var region = IndexRegion.Map("given-back", path);
        region.MapAll(MergePace.Unbounded(default));
        Assert.True(IsMapped());
        region.Retire();
        ReturnedRegions.Add(region);
        while (IsMapped()) Thread.Yield();

        bool IsMapped() => File.ReadAllText("/proc/self/maps").Contains(path, StringComparison.Ordinal);
    }
}
