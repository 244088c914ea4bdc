namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>One of several things that a text may mean: words, and their places from its first.</summary>
internal sealed record SynonymWay(IReadOnlyList<(string Word, int Step)> Words)
{
    /// <summary>Whether both are the same words in the same places.</summary>
    public bool Equals(SynonymWay? other) => other is not null && Words.SequenceEqual(other.Words);

    /// <inheritdoc/>
    public override int GetHashCode() => Words.Aggregate(0, (hash, word) => HashCode.Combine(hash, word));
}

/// <summary>What analysed words mean besides themselves, or in their place. Immutable once built.</summary>
internal sealed class SynonymMap
{
    private readonly Node _root = new();

    /// <summary>Adds what some words mean; false where they would mean more than is allowed.</summary>
    /// <param name="words">One at least.</param>
    /// <param name="ways">What they mean.</param>
    /// <param name="keepsOriginal">Whether they go on meaning themselves.</param>
    public bool TryAdd(SynonymWay words, IEnumerable<SynonymWay> ways, bool keepsOriginal)
    {
        var node = _root;
        var before = -1;
        foreach (var (word, step) in words.Words)
        {
            node = node.Reach(word, step - before - 1);
            before = step;
        }

        node.Ways ??= [];
        node.KeepsOriginal |= keepsOriginal;
        foreach (var way in ways)
        {
            if (way.Equals(words)) node.KeepsOriginal = true;
            else if (!node.Ways.Contains(way)) node.Ways.Add(way);
            if (node.Ways.Count >= ChainLimits.SynonymWaysMax) return false;
        }

        return true;
    }

    /// <summary>The longest text from one word on that means something.</summary>
    /// <param name="words">In order of position.</param>
    /// <param name="from">The first.</param>
    /// <param name="found">What it means, and whether itself too.</param>
    /// <returns>How many words it has; 0 where there is none.</returns>
    public int Match(
        IReadOnlyList<(string Word, TokenPlace Place)> words,
        int from,
        out (IReadOnlyList<SynonymWay> Ways, bool KeepsOriginal) found)
    {
        found = ([], true);
        var node = _root;
        var length = 0;
        for (var i = from; i < words.Count; i++)
        {
            var gap = i == from ? 0 : words[i].Place.Position - words[i - 1].Place.Position - 1;
            if (node.Find(words[i].Word, gap) is not { } next) break;
            node = next;
            if (node.Ways is null) continue;
            length = i + 1 - from;
            found = (node.Ways, node.KeepsOriginal);
        }

        return length;
    }

    private sealed class Node
    {
        private Dictionary<(string Word, int Gap), Node>? _next;

        public List<SynonymWay>? Ways { get; set; }

        public bool KeepsOriginal { get; set; }

        public Node? Find(string word, int gap) => _next?.GetValueOrDefault((word, gap));

        public Node Reach(string word, int gap)
        {
            _next ??= [];
            if (_next.TryGetValue((word, gap), out var node)) return node;
            return _next[(word, gap)] = new Node();
        }
    }
}
