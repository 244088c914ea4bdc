using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>What all shards counted, summed.</summary>
internal static class SpellingSum
{
    public static SpellingReply Of(IEnumerable<SpellingReply> shards, int sets)
    {
        var counts = new long[sets];
        var words = new SortedDictionary<int, Sum>();
        long documents = 0;
        foreach (var shard in shards)
        {
            documents += shard.Documents;
            for (var i = 0; i < sets; i++) counts[i] += shard.Counts[i];
            foreach (var word in shard.Words)
            {
                if (!words.TryGetValue(word.Start, out var sum)) words.Add(word.Start, sum = new Sum(word));
                sum.Add(word);
            }
        }

        return new SpellingReply(documents, [.. words.Values.Select(sum => sum.Word)], counts);
    }

    private sealed class Sum(SpellingWord first)
    {
        private readonly SortedDictionary<string, NearTerm> _near = new(StringComparer.Ordinal);
        private long _documents;

        public SpellingWord Word => first with { Documents = _documents, Near = [.. _near.Values] };

        public void Add(SpellingWord word)
        {
            _documents += word.Documents;
            foreach (var near in word.Near)
            {
                _near[near.Term] = _near.TryGetValue(near.Term, out var known)
                    ? known with { Documents = known.Documents + near.Documents }
                    : near;
            }
        }
    }
}
