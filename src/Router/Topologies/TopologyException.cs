namespace Hedgerow.Router;

/// <summary>
/// A topology that does not parse or contradicts itself; the message names file, member, value and what is allowed.
/// </summary>
public sealed class TopologyException : Exception
{
    /// <summary>Makes one.</summary>
    public TopologyException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with what caused it.</summary>
    public TopologyException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
