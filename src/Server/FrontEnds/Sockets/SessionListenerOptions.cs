using System.Net;

namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>What a <see cref="SessionListener"/> is made with, and the bounds of each of its connections.</summary>
internal sealed record SessionListenerOptions
{
    /// <summary>Whether these are connections to leaves, not of clients.</summary>
    public bool IsToLeaf { get; init; }

    /// <summary>Where to bind; port 0 takes a free one.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>The first part of its settings' names (<c>resp</c> of resp.listen), and its name in metrics.</summary>
    public required string Name { get; init; }

    /// <summary>Connections at once; one more is closed on arrival.</summary>
    public int ConnectionsMax { get; init; } = 10_000;

    /// <summary>A connection on which no byte came for so long is closed; zero keeps it.</summary>
    public TimeSpan IdleTimeout { get; init; }

    /// <summary>
    /// A connection whose session is not <see cref="ClientSession.IsWelcome"/> after so long is closed; zero keeps it.
    /// </summary>
    public TimeSpan WelcomeTimeout { get; init; }

    /// <summary>Bytes not taken by the peer from which its commands wait.</summary>
    public int OutputBytesSoft { get; init; } = 256 * 1024;

    /// <summary>Bytes not taken by the peer past which the connection is closed.</summary>
    public int OutputBytesMax { get; init; } = 256 * 1024 * 1024;

    /// <summary>Bytes that one command may need; a session that wants more is closed.</summary>
    public int InputBytesMax { get; init; } = 512 * 1024 * 1024 + 64 * 1024;

    /// <summary>Name of the setting of <see cref="EndPoint"/>.</summary>
    public string ListenSetting => Name + ".listen";

    /// <summary>Its flag as a message shows it; null when it has no short one.</summary>
    public string? ListenFlag { get; init; }
}
