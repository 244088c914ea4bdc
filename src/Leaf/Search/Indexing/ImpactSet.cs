namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// The (frequency, norm) pairs of a group of postings that no other pair beats: higher frequency in a shorter field.
/// Only they can give the group's highest score, whatever the statistics (Grand, Muir, Ferenczi, Lin: From MaxScore to
/// Block-Max WAND, 2020). One thread; reused.
/// </summary>
/// <remarks>
/// Written as four pairs of two bytes, frequency and norm, so that the bounds of many groups are computed by vectors.
/// Where there are more, neighbours are joined to (higher frequency, shorter field), which no posting beats either,
/// those first whose joined score exceeds theirs least; where there are fewer, the first is repeated. A frequency of
/// 255 stands for itself and all above.
/// </remarks>
internal sealed class ImpactSet
{
    /// <summary>Pairs that are kept.</summary>
    public const int Pairs = 4;

    /// <summary>The frequency that stands for all from it on.</summary>
    public const int FrequencyMax = 255;

    private readonly int[] _frequencyByNorm = new int[256];
    private readonly Impact[] _pareto = new Impact[256];
    private int _normMin = 256;
    private int _normMax = -1;

    /// <summary>Counts a posting in.</summary>
    public void Add(int frequency, byte norm)
    {
        if (frequency > _frequencyByNorm[norm]) _frequencyByNorm[norm] = frequency;
        if (norm < _normMin) _normMin = norm;
        if (norm > _normMax) _normMax = norm;
    }

    /// <summary>Takes the pairs of a part of the group in, as they were written.</summary>
    public void AddWritten(ulong pairs)
    {
        for (var i = 0; i < Pairs; i++, pairs >>= 16) Add((byte)pairs, (byte)(pairs >> 8));
    }

    /// <summary>The four pairs, lowest first; begins the next group.</summary>
    public ulong TakeAndClear()
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
        ulong written = 0;
        for (var i = Pairs - 1; i >= 0; i--)
        {
            var pair = _pareto[i < count ? i : 0];
            written = (written << 16) | ((ulong)pair.Norm << 8) | (uint)pair.Frequency;
        }

        return written;
    }

    private int JoinCheapest(int count)
    {
        var at = 0;
        var least = float.MaxValue;
        for (var i = 0; i + 1 < count; i++)
        {
            var (low, high) = (_pareto[i], _pareto[i + 1]);
            var excess = Score(high.Frequency, low.Norm)
                - Math.Max(Score(low.Frequency, low.Norm), Score(high.Frequency, high.Norm));
            if (excess >= least) continue;
            least = excess;
            at = i;
        }

        _pareto[at] = new Impact(_pareto[at + 1].Frequency, _pareto[at].Norm);
        for (var i = at + 1; i + 1 < count; i++) _pareto[i] = _pareto[i + 1];
        return count - 1;

        // About BM25 where these fields are of average length: only for the choice of what is joined.
        float Score(int frequency, byte norm)
        {
            var average = FieldNorm.ByByte[_pareto[count / 2].Norm] + 1f;
            return frequency / (frequency + 0.3f + (0.9f * FieldNorm.ByByte[norm] / average));
        }
    }

    /// <summary>A pair.</summary>
    private readonly record struct Impact(int Frequency, byte Norm);
}
