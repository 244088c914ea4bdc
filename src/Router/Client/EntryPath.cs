using System.Text;

namespace Hedgerow.Router;

/// <summary>
/// A path, given as text (UTF-8) or as bytes. 1 to 8,192 bytes; a client refuses others before sending.
/// </summary>
public readonly struct EntryPath
{
    /// <summary>Wraps the bytes, which must not change while a call uses them.</summary>
    public EntryPath(ReadOnlyMemory<byte> bytes)
    {
        Bytes = bytes;
    }

    /// <summary>The path's bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Encodes text as UTF-8; allocates the bytes.</summary>
    public static implicit operator EntryPath(string path) => FromString(path);

    /// <summary>Wraps bytes without a copy.</summary>
    public static implicit operator EntryPath(ReadOnlyMemory<byte> path) => new(path);

    /// <summary>Encodes text as UTF-8; allocates the bytes.</summary>
    public static EntryPath FromString(string path) => new(Encoding.UTF8.GetBytes(path));

    /// <summary>Wraps bytes without a copy.</summary>
    public static EntryPath FromReadOnlyMemory(ReadOnlyMemory<byte> path) => new(path);

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(Bytes.Span);
}
