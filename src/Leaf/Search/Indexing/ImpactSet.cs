namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// The (frequency, norm) pairs of a group of postings that no other pair beats: higher frequency in a shorter field.
/// Only they can give the group's highest score, whatever the statistics (Grand, Muir, Ferenczi, Lin: From MaxScore to
/// Block-Max WAND, 2020). One thread; reused.
/// </summary>
internal sealed class ImpactSet
{
    private readonly int[] _frequencyByNorm = new int[256];
    private int _normMin = 256;
    private int _normMax = -1;

    /// <summary>Counts a posting in.</summary>
    public void Add(int frequency, byte norm)
    {
        if (frequency > _frequencyByNorm[norm]) _frequencyByNorm[norm] = frequency;
        if (norm < _normMin) _normMin = norm;
        if (norm > _normMax) _normMax = norm;
    }

    /// <summary>Appends the count of pairs, then the pairs as steps of frequency and norm, both rising.</summary>
    public void PutAndClear(ByteSink sink)
    {
        var count = 0;
        for (int norm = _normMin, best = 0; norm <= _normMax; norm++)
        {
            if (_frequencyByNorm[norm] <= best) continue;
            best = _frequencyByNorm[norm];
            count++;
        }

        sink.PutVarint((uint)count);
        for (int norm = _normMin, last = 0, best = 0; norm <= _normMax; norm++)
        {
            if (_frequencyByNorm[norm] <= best) continue;
            sink.PutVarint((uint)(_frequencyByNorm[norm] - best));
            sink.PutVarint((uint)(norm - last));
            best = _frequencyByNorm[norm];
            last = norm;
        }

        if (_normMax >= 0) _frequencyByNorm.AsSpan(_normMin, _normMax - _normMin + 1).Clear();
        _normMin = 256;
        _normMax = -1;
    }
}

/// <summary>One pair of an <see cref="ImpactSet"/>.</summary>
internal readonly record struct Impact(int Frequency, byte Norm);
