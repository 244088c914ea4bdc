using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// The (frequency, norm) pairs of a group of postings that no other pair beats: higher frequency in a shorter field.
/// Only they can give the group's highest score, whatever the statistics (Grand, Muir, Ferenczi, Lin: From MaxScore to
/// Block-Max WAND, 2020). One thread; reused.
/// </summary>
/// <remarks>
/// Written as eight pairs of two bytes, frequency and norm, so that the bounds of many groups are computed by vectors.
/// Where there are more, neighbours are joined to (higher frequency, shorter field), which no posting beats either:
/// those first whose joined score, under the statistics of the segment, raises the bound least, which is by nothing as
/// long as it stays below the best pair's. Where there are fewer, the first is repeated. A frequency of 255 stands for
/// itself and all above.
/// </remarks>
internal sealed class ImpactSet
{
    /// <summary>Pairs that are kept.</summary>
    public const int Pairs = 8;

    /// <summary>Bytes they take.</summary>
    public const int Bytes = Pairs * sizeof(ushort);

    /// <summary>The frequency that stands for all from it on.</summary>
    public const int FrequencyMax = 255;

    private readonly int[] _frequencyByNorm = new int[256];
    private readonly Impact[] _pareto = new Impact[256];
    private float[] _inverses = Bm25.Inverses(1, 100);
    private int _normMin = 256;
    private int _normMax = -1;

    /// <summary>Begins a field.</summary>
    /// <param name="inverses">Its <see cref="Bm25.Inverses"/> in the segment.</param>
    public void BeginField(float[] inverses) => _inverses = inverses;

    /// <summary>Counts a posting in.</summary>
    public void Add(int frequency, byte norm)
    {
        if (frequency > _frequencyByNorm[norm]) _frequencyByNorm[norm] = frequency;
        if (norm < _normMin) _normMin = norm;
        if (norm > _normMax) _normMax = norm;
    }

    /// <summary>Takes the pairs of a part of the group in, as they were written.</summary>
    public void AddWritten(ReadOnlySpan<byte> pairs)
    {
        for (var i = 0; i < Bytes; i += 2) Add(pairs[i], pairs[i + 1]);
    }

    /// <summary>Appends the pairs, lowest first; begins the next group.</summary>
    public void PutAndClear(ByteSink sink)
    {
        int count = 0, best = 0;
        for (var norm = _normMin; norm <= _normMax; norm++)
        {
            var frequency = Math.Min(_frequencyByNorm[norm], FrequencyMax);
            if (frequency <= best) continue;
            best = frequency;
            _pareto[count++] = new Impact(frequency, (byte)norm);
        }

        if (_normMax >= 0) _frequencyByNorm.AsSpan(_normMin, _normMax - _normMin + 1).Clear();
        _normMin = 256;
        _normMax = -1;
        while (count > Pairs) count = JoinCheapest(count);
        for (var i = 0; i < Pairs; i++)
        {
            var pair = _pareto[i < count ? i : 0];
            sink.PutByte((byte)pair.Frequency);
            sink.PutByte(pair.Norm);
        }
    }

    private int JoinCheapest(int count)
    {
        float best = 0;
        for (var i = 0; i < count; i++) best = Math.Max(best, Score(_pareto[i].Frequency, _pareto[i].Norm));
        var at = 0;
        var least = float.MaxValue;
        for (var i = 0; i + 1 < count; i++)
        {
            // Above the best it raises the bound; below it only may, under other statistics, and counts for less.
            var joined = Score(_pareto[i + 1].Frequency, _pareto[i].Norm);
            var harm = joined > best ? 1 + joined : joined - Score(_pareto[i + 1].Frequency, _pareto[i + 1].Norm);
            if (harm >= least) continue;
            least = harm;
            at = i;
        }

        _pareto[at] = new Impact(_pareto[at + 1].Frequency, _pareto[at].Norm);
        for (var i = at + 1; i + 1 < count; i++) _pareto[i] = _pareto[i + 1];
        return count - 1;
    }

    /// <summary>Of weight 1, so below 1.</summary>
    private float Score(int frequency, byte norm)
    {
        var times = frequency * _inverses[norm];
        return times / (1 + times);
    }

    /// <summary>A pair.</summary>
    private readonly record struct Impact(int Frequency, byte Norm);
}
