using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// What is made of a window that only moves on. Each number enters and leaves once, however wide the window is: one
/// thread.
/// </summary>
/// <remarks>
/// A sum without rounding gives back exactly what was added to it (<see cref="ExactSum"/>). Of the lowest only those
/// are kept that no later one is below: they rise, the first is the lowest, and what enters takes off those behind that
/// are above it (Lemire, "Streaming maximum-minimum filter", 2006).
/// </remarks>
internal sealed class MovingWindow(MovingKind kind, double?[] numbers)
{
    private readonly ExactSum _sum = new();
    private readonly int[] _best = kind is MovingKind.Min or MovingKind.Max ? new int[numbers.Length] : [];
    private int _first;
    private int _behind;
    private int _begin;
    private int _end;
    private int _count;
    private int _infinite;

    /// <summary>Moves on to the numbers from one place to before another; null where there are none.</summary>
    /// <param name="begin">Not before the last one, nor above <paramref name="end"/>.</param>
    /// <param name="end">Not before the last one.</param>
    public double? MoveTo(int begin, int end)
    {
        for (; _end < end; _end++)
            if (numbers[_end] is { } number) Enter(_end, number);
        for (; _begin < begin; _begin++)
            if (numbers[_begin] is { } number) Leave(_begin, number);
        if (_count == 0) return null;
        if (_best.Length > 0) return numbers[_best[_first]];
        if (_infinite > 0) return null;
        return kind == MovingKind.Average ? _sum.Value / _count : _sum.Value;
    }

    private void Enter(int place, double number)
    {
        _count++;
        if (_best.Length == 0)
        {
            if (double.IsFinite(number)) _sum.Add(number);
            else _infinite++;
            return;
        }

        while (_behind > _first && !IsBetter(numbers[_best[_behind - 1]]!.Value, number)) _behind--;
        _best[_behind++] = place;
    }

    private void Leave(int place, double number)
    {
        _count--;
        if (_best.Length > 0)
        {
            if (_best[_first] == place) _first++;
        }
        else if (double.IsFinite(number))
        {
            _sum.Add(-number);
        }
        else
        {
            _infinite--;
        }
    }

    private bool IsBetter(double one, double other) => kind == MovingKind.Min ? one < other : one > other;
}
