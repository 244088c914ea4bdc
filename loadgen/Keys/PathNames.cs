using System.Text;

namespace Hedgerow.LoadGen.Keys;

/// <summary>The path of a key: a prefix and the key's number, or a line of a file of real paths.</summary>
internal sealed class PathNames
{
    /// <summary>Lines read of a file at most; more are left out.</summary>
    public const int LinesMax = 10_000_000;

    private readonly string _prefix;
    private readonly byte[][]? _paths;

    private PathNames(string prefix, byte[][]? paths)
    {
        _prefix = prefix;
        _paths = paths;
    }

    /// <summary>Number of different keys, when the file decides it.</summary>
    public int? Count => _paths?.Length;

    /// <summary>Numbered paths, nine digits wide.</summary>
    public static PathNames Numbered(string prefix) => new(prefix, null);

    /// <summary>The file's lines in their order, empty ones left out; null when there is none.</summary>
    public static PathNames? FromFile(string file)
    {
        var lines = File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0).Take(LinesMax);
        byte[][] paths = [.. lines.Select(Encoding.UTF8.GetBytes)];
        return paths.Length > 0 ? new PathNames("", paths) : null;
    }

    /// <summary>The path of a key; a number beyond the file's lines begins again at the first.</summary>
    public byte[] Of(long key) =>
        _paths is null ? Encoding.UTF8.GetBytes($"{_prefix}{key:D9}") : _paths[key % _paths.Length];
}
