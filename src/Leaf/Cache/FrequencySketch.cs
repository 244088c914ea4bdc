using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// How often paths were lately used, counted in four bits each and halved now and then, for paths stored and for those
/// that are gone: TinyLFU's sketch (Einziger, Friedman and Manes, TOS 2017), conservatively updated.
/// </summary>
/// <remarks>
/// A path has one cache line and in it four of its 128 counters, one in each quarter; the smallest is the estimate.
/// Halving is spread over additions, a few lines each: a line that the pass has not reached yet counts as halved when
/// it is read, so that estimates are comparable at every moment. Whoever chooses paths can't choose their counters,
/// because the hashes are keyed by a secret. Guarded by its partition's gate.
/// </remarks>
internal sealed unsafe class FrequencySketch : IDisposable
{
    public const int FrequencyMax = 15;
    private const int Rows = 4;
    private const int LineBytes = 64;
    private const int WordsPerLine = LineBytes / sizeof(ulong);
    private const int LinesPerAddition = 32;
    private ulong* _words;
    private uint _lines;
    private uint _halved;
    private long _additions;

    /// <param name="bytes">A positive multiple of 64.</param>
    public FrequencySketch(long bytes)
    {
        Bytes = bytes;
        _lines = checked((uint)(bytes / LineBytes));
        _halved = _lines;
        _words = (ulong*)NativeMemory.AlignedAlloc((nuint)bytes, LineBytes);
        NativeMemory.Clear(_words, (nuint)bytes);
    }

    /// <summary>
    /// Doubles itself. Every estimate is as before: a line becomes two, and a path of it belongs to one of them.
    /// </summary>
    public void Grow()
    {
        var words = (ulong*)NativeMemory.AlignedAlloc((nuint)(Bytes * 2), LineBytes);
        for (uint line = 0; line < _lines; line++)
        {
            var from = new ReadOnlySpan<ulong>(_words + ((ulong)line * WordsPerLine), WordsPerLine);
            from.CopyTo(new Span<ulong>(words + ((ulong)line * 2 * WordsPerLine), WordsPerLine));
            from.CopyTo(new Span<ulong>(words + (((ulong)line * 2) + 1) * WordsPerLine, WordsPerLine));
        }

        var old = _words;
        _words = words;
        (_lines, _halved, Bytes) = (_lines * 2, _halved * 2, Bytes * 2);
        NativeMemory.AlignedFree(old);
    }

    public long Bytes { get; private set; }

    /// <summary>Additions after which all is halved. The caller keeps it in step with its entries.</summary>
    public long Period { get; set; } = long.MaxValue;

    /// <summary>Asks for a path's counters. Any thread.</summary>
    public void Prefetch(ulong hash)
    {
        if (Sse.IsSupported) Sse.Prefetch0(_words + ((ulong)LineOf(hash) * WordsPerLine));
    }

    public int Estimate(ulong hash)
    {
        var line = LineOf(hash);
        var least = LeastOf(line, hash);
        return IsHalved(line) ? least : least >> 1;
    }

    public void Add(ulong hash, int times)
    {
        if (times == 0) return;
        var line = LineOf(hash);
        var least = LeastOf(line, hash);
        var raised = (ulong)Math.Min(FrequencyMax, least + (IsHalved(line) ? times : times * 2));
        var places = Places(hash);
        for (var row = 0; row < Rows; row++, places >>= 5)
        {
            var word = WordOf(line, row, places);
            var shift = (int)(places & 15) * 4;
            if (((*word >> shift) & FrequencyMax) < raised)
                *word = (*word & ~((ulong)FrequencyMax << shift)) | (raised << shift);
        }

        Age(times);
    }

    public void Dispose() => NativeMemory.AlignedFree(_words);

    private static ulong Places(ulong hash) => (hash ^ (hash >> 31)) * 0xBF58476D1CE4E5B9 >> 40;

    private uint LineOf(ulong hash) => (uint)(((hash * 0x9E3779B97F4A7C15 >> 32) * _lines) >> 32);

    private bool IsHalved(uint line) => line < _halved;

    private ulong* WordOf(uint line, int row, ulong places) =>
        _words + ((ulong)line * WordsPerLine) + (row * 2) + ((places >> 4) & 1);

    private int LeastOf(uint line, ulong hash)
    {
        var least = FrequencyMax;
        var places = Places(hash);
        for (var row = 0; row < Rows; row++, places >>= 5)
        {
            var count = (int)(*WordOf(line, row, places) >> ((int)(places & 15) * 4)) & FrequencyMax;
            least = Math.Min(least, count);
        }

        return least;
    }

    private void Age(int times)
    {
        _additions += times;
        if (_halved == _lines && _additions >= Period)
        {
            _halved = 0;
            _additions /= 2;
        }

        if (_halved == _lines) return;
        var end = Math.Min(_lines, _halved + LinesPerAddition);
        for (var i = (long)_halved * WordsPerLine; i < (long)end * WordsPerLine; i++)
            _words[i] = (_words[i] >> 1) & 0x7777777777777777;
        _halved = end;
    }
}
