using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Search.Instant;

/// <summary>
/// Documents of words that were sought before in one segment, so that of a text that grows letter by letter only the
/// last word is sought anew, and short prefixes, which have most documents, are as good as precomputed. Thread-safe.
/// </summary>
/// <remarks>
/// Bounded by bytes: an eighth of the segment's, at least 64 KiB and at most 8 MiB. Two halves: what is found moves to
/// the young half, and when that is full it becomes the old one, whose content is forgotten. So what was asked for
/// since the last turn stays, at the cost of one lookup and no list of uses.
/// </remarks>
internal sealed class MatchCache(long segmentBytes)
{
    private const long BytesLeast = 64 << 10;
    private const long BytesMost = 8 << 20;
    private const int SegmentShare = 8;

    private readonly Lock _gate = new();
    private readonly long _half = Math.Clamp(segmentBytes / SegmentShare, BytesLeast, BytesMost) / 2;
    private Dictionary<Key, TermMatch> _young = [];
    private Dictionary<Key, TermMatch> _old = [];
    private long _youngBytes;
    private long _oldBytes;

    /// <summary>Memory held by what is kept, about; never above its bound.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate) return _youngBytes + _oldBytes;
        }
    }

    /// <summary>The documents of a word; sought now if they were not kept.</summary>
    /// <param name="view">A view of the segment, for the number of its documents.</param>
    /// <param name="field">A field with terms.</param>
    /// <param name="word">The word.</param>
    /// <param name="mistyped">Whether those with typos are wanted, or those without.</param>
    /// <param name="budget">What seeking spends; when it has run out the answer is of no use.</param>
    public TermMatch Find(SegmentView view, SegmentField field, FieldWord word, bool mistyped, SearchBudget budget)
    {
        var isPrefix = word.Prefix is not null;
        var plain = isPrefix ? word.Term + '\0' + word.Prefix : word.Term;
        var key = mistyped
            ? new Key(field.Index, word.Near, isPrefix, word.Edits)
            : new Key(field.Index, plain, isPrefix, 0);
        lock (_gate)
        {
            if (_young.TryGetValue(key, out var known)) return known;
            if (_old.TryGetValue(key, out known))
            {
                Keep(key, known);
                return known;
            }
        }

        var documents = view.Segment.DocumentCount;
        var match = mistyped
            ? TermMatch.Mistyped(field, word, documents, budget)
            : TermMatch.Plain(field, word, documents, budget);
        if (budget.Status != Protocol.StatusCode.Ok) return match;
        lock (_gate) Keep(key, match);
        return match;
    }

    private void Keep(in Key key, TermMatch match)
    {
        var bytes = match.Bytes + (key.Text.Length * 2L);
        if (bytes > _half || !_young.TryAdd(key, match)) return;
        if (_youngBytes + bytes > _half)
        {
            _young.Remove(key);
            _old = _young;
            _oldBytes = _youngBytes;
            _young = new Dictionary<Key, TermMatch> { [key] = match };
            _youngBytes = 0;
        }

        _youngBytes += bytes;
    }

    private readonly record struct Key(ushort Field, string Text, bool IsPrefix, int Edits);
}
