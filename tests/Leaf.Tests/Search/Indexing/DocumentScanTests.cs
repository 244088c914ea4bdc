using System.Text;
using CsCheck;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

/// <summary>Pages of documents and of deletes that are remembered, beside a sorted list of both.</summary>
public sealed class DocumentScanTests
{
    private const int Paths = 30;

    [Fact]
    public void Pages_one_behind_the_other_are_all_documents_and_if_wished_all_deletes() =>
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                var random = new Random(seed);
                using var directory = IndexDirectory.InMemory();
                using var harness = new IndexHarness(directory);
                var states = new SortedDictionary<string, (bool IsLive, ulong Version)>(StringComparer.Ordinal);
                for (var i = random.Next(120); i > 0; i--) Change(harness, random, states);
                foreach (var withDeleted in new[] { false, true })
                {
                    var expected = states.Where(state => withDeleted || state.Value.IsLive)
                        .Select(state => (state.Key, state.Value.Version, state.Value.IsLive));
                    Assert.Equal(expected, Scan(harness.Index, random, withDeleted));
                }
            },
            iter: 60,
            threads: 1);

    private static void Change(
        IndexHarness harness, Random random, SortedDictionary<string, (bool IsLive, ulong Version)> states)
    {
        var path = $"/docs/{random.Next(Paths)}";
        switch (random.Next(12))
        {
            case 0:
                harness.Refresh();
                return;
            case 1:
                harness.Flush();
                return;
            case 2:
                harness.Merge();
                return;
            case < 6:
                harness.Delete(path);
                states[path] = (false, harness.Index.StoredVersion(Encoding.UTF8.GetBytes(path)));
                return;
            default:
                harness.Put(random, path);
                states[path] = (true, harness.Index.StoredVersion(Encoding.UTF8.GetBytes(path)));
                return;
        }
    }

    private static List<(string Path, ulong Version, bool IsLive)> Scan(
        CollectionIndex index, Random random, bool withDeleted)
    {
        var rows = new List<(string, ulong, bool)>();
        var limit = random.Next(1, 12);
        for (var after = ""; ;)
        {
            var page = index.Scan(after, limit, withDeleted);
            Assert.InRange(page.Documents.Count, page.More ? limit : 0, limit);
            rows.AddRange(page.Documents.Select(row => (row.Path, row.Version, !row.Json.IsEmpty)));
            if (!page.More) return rows;
            after = page.Documents[^1].Path;
        }
    }
}
