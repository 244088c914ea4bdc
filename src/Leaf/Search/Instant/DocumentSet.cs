using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Instant;

/// <summary>
/// Some documents of one segment: their numbers where they are few, a bit for each document where that is smaller.
/// Immutable; many threads may read.
/// </summary>
internal sealed class DocumentSet
{
    /// <summary>No document.</summary>
    public static readonly DocumentSet Empty = new([], null, 0);

    private readonly int[] _numbers;
    private readonly ulong[]? _words;

    private DocumentSet(int[] numbers, ulong[]? words, int count)
    {
        _numbers = numbers;
        _words = words;
        Count = count;
    }

    /// <summary>How many.</summary>
    public int Count { get; }

    /// <summary>Memory held.</summary>
    public long Bytes => (_numbers.Length * 4L) + ((_words?.Length ?? 0) * 8L);

    /// <summary>The set of the bits, which are taken over; null is the empty set.</summary>
    public static DocumentSet Of(ulong[]? words)
    {
        if (words is null) return Empty;
        var count = BitWords.Count(words);
        if (count > words.Length * 2) return new DocumentSet([], words, count);
        if (count == 0) return Empty;
        var numbers = new int[count];
        var document = -1;
        for (var i = 0; i < count; i++) numbers[i] = document = BitWords.Next(words, document + 1);
        return new DocumentSet(numbers, null, count);
    }

    /// <summary>Whether a document is one of them.</summary>
    public bool Has(int document) =>
        _words is not null ? BitWords.Has(_words, document) : _numbers.AsSpan().BinarySearch(document) >= 0;

    /// <summary>Sets their bits.</summary>
    public void AddTo(Span<ulong> words)
    {
        foreach (var number in _numbers) words[number >> 6] |= 1UL << number;
        if (_words is null) return;
        for (var i = 0; i < _words.Length; i++) words[i] |= _words[i];
    }
}
