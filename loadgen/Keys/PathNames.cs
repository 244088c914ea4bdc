using System.Text;

namespace Hedgerow.LoadGen.Keys;

/// <summary>The path of a key: a prefix and the key's number, or a line of a file of real paths.</summary>
internal sealed class PathNames
{
    /// <summary>Lines read of a file at most; more are left out.</summary>
    public const int LinesMax = 10_000_000;

    /// <summary>Digits of a numbered path; more when the number has more.</summary>
    private const int Digits = 9;

    private const int DigitsMax = 19;

    private readonly byte[] _prefix;
    private readonly byte[][]? _paths;

    private PathNames(byte[] prefix, byte[][]? paths)
    {
        _prefix = prefix;
        _paths = paths;
        BytesMax = paths?.Max(path => path.Length) ?? prefix.Length + DigitsMax;
    }

    /// <summary>Number of different keys, when the file decides it.</summary>
    public int? Count => _paths?.Length;

    /// <summary>Bytes of the longest path.</summary>
    public int BytesMax { get; }

    /// <summary>Numbered paths, nine digits wide.</summary>
    public static PathNames Numbered(string prefix) => new(Encoding.UTF8.GetBytes(prefix), null);

    /// <summary>The file's lines in their order, empty ones left out; null when there is none.</summary>
    public static PathNames? FromFile(string file)
    {
        var lines = File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0).Take(LinesMax);
        byte[][] paths = [.. lines.Select(Encoding.UTF8.GetBytes)];
        return paths.Length > 0 ? new PathNames([], paths) : null;
    }

    /// <summary>Whether any path has a byte that the protocols of lines can't carry: a blank or a control.</summary>
    public bool HasBlanks() =>
        HasBlank(_prefix) || (_paths is not null && Array.Exists(_paths, HasBlank));

    /// <summary>The path of a key; a number beyond the file's lines begins again at the first.</summary>
    public byte[] Of(long key)
    {
        if (_paths is not null) return _paths[key % _paths.Length];
        Span<byte> path = stackalloc byte[BytesMax];
        return path[..Write(path, key)].ToArray();
    }

    /// <summary>Writes the path of a key and returns its length, at most <see cref="BytesMax"/>.</summary>
    public int Write(Span<byte> output, long key)
    {
        if (_paths is not null)
        {
            var path = _paths[key % _paths.Length];
            path.CopyTo(output);
            return path.Length;
        }

        _prefix.CopyTo(output);
        var length = _prefix.Length + Math.Max(Digits, DigitsOf(key));
        for (var i = length - 1; i >= _prefix.Length; i--)
        {
            (key, var digit) = Math.DivRem(key, 10);
            output[i] = (byte)('0' + digit);
        }

        return length;
    }

    /// <summary>Bytes of the path of a key.</summary>
    public int Length(long key) =>
        _paths?[key % _paths.Length].Length ?? _prefix.Length + Math.Max(Digits, DigitsOf(key));

    private static int DigitsOf(long key)
    {
        var digits = Digits;
        for (key /= 1_000_000_000; key > 0; key /= 10) digits++;
        return digits;
    }

    private static bool HasBlank(byte[] path) => path.AsSpan().ContainsAnyInRange((byte)0, (byte)' ');
}
