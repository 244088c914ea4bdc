namespace Hedgerow.Server.Hosting;

/// <summary>
/// The node can't start where it was told to: a port in use, a data directory of another shape, a leaf that its
/// topology does not know. The message is for a person and names the setting that helps. Ends in exit code 1.
/// </summary>
internal sealed class StartException : Exception
{
    /// <summary>Makes one.</summary>
    public StartException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
