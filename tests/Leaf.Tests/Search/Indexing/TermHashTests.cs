using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Tests.Search.Indexing;

public sealed class TermHashTests
{
    [Fact]
    public void Terms_are_numbered_as_they_come_and_sorted_by_their_bytes()
    {
        var random = new Random(3);
        var hash = new TermHash();
        for (var round = 0; round < 3; round++)
        {
            var model = new Dictionary<string, int>();
            for (var i = 0; i < 20_000; i++)
            {
                // Few letters and shared beginnings: zeros too, which a prefix of eight bytes must not mix up.
                var term = new byte[random.Next(random.Next(5) == 0 ? 300 : 12)];
                for (var at = 0; at < term.Length; at++) term[at] = (byte)random.Next(at < 8 ? 2 : 256);
                var key = Convert.ToHexString(term);
                model.TryAdd(key, model.Count);
                Assert.Equal(model[key], hash.Add(term));
            }

            Assert.Equal(model.Count, hash.Count);
            Assert.All(model, pair => Assert.Equal(pair.Key, Convert.ToHexString(hash[pair.Value])));
            Assert.Equal(
                model.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value),
                hash.Sorted().ToArray());
            hash.Clear();
            Assert.Equal(0, hash.Bytes);
        }
    }
}
