namespace Hedgerow.LoadGen.Running;

/// <summary>
/// Finds the highest rate that meets an objective: doubles while it is met, then halves the distance between the
/// highest
/// that met it and the lowest that missed it, until they are close. A rate that misses is tried once more before it is
/// believed, so that one hiccup of the machine does not decide.
/// </summary>
internal sealed class RateSearch(double startRate)
{
    /// <summary>How close the two rates must come: below it the runs of a few seconds do not tell them apart.</summary>
    public const double Precision = 1.05;

    /// <summary>Runs at most.</summary>
    public const int StepsMax = 40;

    private const double RateMin = 1;
    private bool _missedOnce;
    private int _steps;

    /// <summary>The rate to try now.</summary>
    public double Rate { get; private set; } = startRate;

    /// <summary>The highest rate that met the objective; 0 for none.</summary>
    public double Best { get; private set; }

    /// <summary>The lowest rate that missed it, twice; infinite for none.</summary>
    public double Missed { get; private set; } = double.PositiveInfinity;

    /// <summary>Whether there is nothing left to try.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Takes up how a run at <see cref="Rate"/> went.</summary>
    public void Tried(bool isMet)
    {
        _steps++;
        if (!isMet && !_missedOnce)
        {
            _missedOnce = true;
            IsDone = _steps >= StepsMax;
            return;
        }

        _missedOnce = false;
        if (isMet) Best = Rate;
        else Missed = Rate;
        Rate = double.IsPositiveInfinity(Missed) ? Best * 2
            : Best == 0 ? Missed / 2
            : Math.Sqrt(Best * Missed);
        IsDone = _steps >= StepsMax || Missed <= Best * Precision || Rate is < RateMin or > Cli.LoadOptions.RateMax;
    }
}
