using System.Runtime.InteropServices;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// A segment and which of its documents are deleted, as one snapshot sees them. Immutable: a delete makes another view
/// with its own bit set.
/// </summary>
internal sealed class SegmentView
{
    private readonly (long Documents, long Tokens)[] _totals;

    /// <summary>A view of a segment whose documents all live.</summary>
    public SegmentView(Segment segment)
        : this(segment, null, 0, [.. segment.Fields.Select(f => (f.Totals.Documents, f.Totals.Tokens))])
    {
    }

    private SegmentView(Segment segment, ulong[]? dead, int deadCount, (long Documents, long Tokens)[] totals)
    {
        Segment = segment;
        Dead = dead;
        DeadCount = deadCount;
        _totals = totals;
    }

    /// <summary>The segment.</summary>
    public Segment Segment { get; }

    /// <summary>Deleted documents; null when there are none.</summary>
    public ulong[]? Dead { get; }

    /// <summary>How many.</summary>
    public int DeadCount { get; }

    /// <summary>Documents that live.</summary>
    public int LiveCount => Segment.DocumentCount - DeadCount;

    /// <summary>Bytes in proportion to the documents that live: what a merge would keep, about.</summary>
    public long LiveBytes =>
        Segment.DocumentCount == 0 ? Segment.Bytes : (long)((double)Segment.Bytes * LiveCount / Segment.DocumentCount);

    /// <summary>Live documents that have a text field, and their tokens in it.</summary>
    public (long Documents, long Tokens) Totals(SegmentField field) => _totals[field.Index];

    /// <summary>Number of the live document of a path, or -1.</summary>
    public int FindLive(ReadOnlySpan<byte> path, ulong hash)
    {
        var document = Segment.Paths.Find(path, hash);
        return document >= 0 && !BitWords.Has(Dead, document) ? document : -1;
    }

    /// <summary>
    /// This view less some documents; itself when they are deleted already. Costs a copy of the bit set.
    /// </summary>
    public SegmentView WithDeleted(List<int> documents)
    {
        if (documents.Count == 0) return this;
        var dead = Dead is null ? new ulong[BitWords.For(Segment.DocumentCount)] : (ulong[])Dead.Clone();
        var totals = ((long Documents, long Tokens)[])_totals.Clone();
        var added = 0;
        foreach (var document in CollectionsMarshal.AsSpan(documents))
        {
            if (!BitWords.Add(dead, document)) continue;
            added++;
            foreach (var field in Segment.Fields)
            {
                var length = field.Type == FieldType.Text ? field.Length(document) : 0;
                if (length == 0) continue;
                totals[field.Index].Documents--;
                totals[field.Index].Tokens -= length;
            }
        }

        return new SegmentView(Segment, dead, DeadCount + added, totals);
    }

    /// <summary>Documents deleted here and not in an earlier bit set.</summary>
    public List<int> DeadBeyond(ulong[]? earlier)
    {
        var found = new List<int>();
        if (Dead is null) return found;
        for (var d = BitWords.Next(Dead, 0); d < Segment.DocumentCount; d = BitWords.Next(Dead, d + 1))
            if (!BitWords.Has(earlier, d)) found.Add(d);
        return found;
    }
}
