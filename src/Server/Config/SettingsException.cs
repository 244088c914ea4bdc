namespace Hedgerow.Server.Config;

/// <summary>
/// The process can't start as it was told to. The message is whole sentences for a person: which setting, its value,
/// what is allowed. Ends in exit code 2.
/// </summary>
internal sealed class SettingsException : Exception
{
    /// <summary>Makes one.</summary>
    public SettingsException(string message)
        : base(message)
    {
    }
}
