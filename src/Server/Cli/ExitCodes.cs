namespace Hedgerow.Server.Cli;

/// <summary>How a verb ends, for scripts.</summary>
internal static class ExitCodes
{
    /// <summary>It did what was asked.</summary>
    public const int Ok = 0;

    /// <summary>It could not, or what was asked for is not there.</summary>
    public const int Failed = 1;

    /// <summary>The command line, a setting or an input file does not make sense; nothing was done.</summary>
    public const int Usage = 2;
}

/// <summary>Ends a verb with a message for people and an exit code for scripts.</summary>
internal sealed class CliException : Exception
{
    public CliException(int exitCode, string message)
        : base(message)
    {
        ExitCode = exitCode;
    }

    /// <summary>One of <see cref="ExitCodes"/>.</summary>
    public int ExitCode { get; }

    /// <summary>The request makes no sense.</summary>
    public static CliException Usage(string message) => new(ExitCodes.Usage, message);

    /// <summary>The request was sound and did not succeed.</summary>
    public static CliException Failed(string message) => new(ExitCodes.Failed, message);
}
