namespace Hedgerow.LoadGen.Cli;

/// <summary>What a script learns.</summary>
internal static class ExitCodes
{
    /// <summary>The run went well, and its objective, if it had one, was met.</summary>
    public const int Met = 0;

    /// <summary>The objective was missed, or the run failed.</summary>
    public const int Missed = 1;

    /// <summary>The command line, or a file that it names, is wrong.</summary>
    public const int Usage = 2;
}
