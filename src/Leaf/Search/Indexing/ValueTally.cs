using System.Buffers;
using System.Numerics;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Counts the values of one block of a <see cref="ValueColumn"/>, which are small whole numbers.</summary>
/// <param name="packed">The block's values less the lowest.</param>
/// <param name="low">The lowest.</param>
/// <param name="first">The block's first document.</param>
internal readonly unsafe ref struct ValueTally<T>(byte* packed, int low, int first)
    where T : unmanaged, IBinaryInteger<T>
{
    /// <summary>Values up to which a document's are compared with each other rather than sorted.</summary>
    private const int FewValues = 16;

    private readonly T* _values = (T*)packed;

    /// <summary>Adds one for each value of each document.</summary>
    /// <param name="documents">Of the block.</param>
    /// <param name="firsts">First value of each document where some have several; else null.</param>
    /// <param name="present">Which documents have one; null where all have.</param>
    /// <param name="counts">By value.</param>
    public void Add(ReadOnlySpan<int> documents, uint* firsts, ulong* present, Span<int> counts)
    {
        if (firsts != null)
        {
            foreach (var document in documents)
            {
                var from = (int)(firsts[document] - firsts[first]);
                AddSeveral(from, (int)(firsts[document + 1] - firsts[first]), counts);
            }
        }
        else if (present == null)
        {
            foreach (var document in documents) counts[ValueOf(_values[document - first])]++;
        }
        else
        {
            foreach (var document in documents)
                if ((present[document >> 6] & (1UL << document)) != 0) counts[ValueOf(_values[document - first])]++;
        }
    }

    private void AddSeveral(int from, int to, Span<int> counts)
    {
        if (to - from > FewValues)
        {
            AddMany(new ReadOnlySpan<T>(_values + from, to - from), counts);
            return;
        }

        for (var at = from; at < to; at++)
        {
            var isRepeated = false;
            for (var before = from; before < at; before++) isRepeated |= _values[before] == _values[at];
            if (!isRepeated) counts[ValueOf(_values[at])]++;
        }
    }

    private void AddMany(ReadOnlySpan<T> values, Span<int> counts)
    {
        var room = ArrayPool<T>.Shared.Rent(values.Length);
        var sorted = room.AsSpan(0, values.Length);
        values.CopyTo(sorted);
        sorted.Sort();
        for (var i = 0; i < sorted.Length; i++)
            if (i == 0 || sorted[i] != sorted[i - 1]) counts[ValueOf(sorted[i])]++;
        ArrayPool<T>.Shared.Return(room);
    }

    private int ValueOf(T packedValue) => low + int.CreateTruncating(packedValue);
}
