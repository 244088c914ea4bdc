using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hedgerow.Server.Cli.Import;

/// <summary>
/// How far an import has come: everything before this place is settled on the server. Kept in a small JSON file that is
/// replaced as a whole, so that it is valid whenever the process ends.
/// </summary>
internal sealed record ImportPosition
{
    private const int FormatVersion = 1;

    /// <summary>Version of this file's own format.</summary>
    public int Format { get; init; } = FormatVersion;

    /// <summary>Where the documents went.</summary>
    public required string Collection { get; init; }

    /// <summary>Lines that are settled.</summary>
    public required long Lines { get; init; }

    /// <summary>Bytes of those lines, before compression.</summary>
    public required long Bytes { get; init; }

    /// <summary>
    /// XXH3-64 of those bytes, as 16 hexadecimal digits: the fingerprint of the part that is settled.
    /// </summary>
    public required string Hash { get; init; }

    /// <summary>Documents among those lines that were sent.</summary>
    public required long Documents { get; init; }

    /// <summary>Lines among them that were left out as bad.</summary>
    public required long Skipped { get; init; }

    /// <summary>The text form of a hash.</summary>
    public static string HashText(ulong hash) => hash.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Reads a position; null when there is no such file.</summary>
    /// <exception cref="CliException">The file is no position, or of a version this program does not read.</exception>
    public static ImportPosition? Load(string file)
    {
        if (!File.Exists(file)) return null;
        try
        {
            var position = JsonSerializer.Deserialize(File.ReadAllBytes(file), ImportJson.Default.ImportPosition);
            if (position is { Format: FormatVersion, Lines: >= 0, Bytes: >= 0 }) return position;
            throw CliException.Usage(
                $"{file} is a position of format {position?.Format}; this program reads format {FormatVersion}.");
        }
        catch (JsonException broken)
        {
            throw CliException.Usage($"{file} is not a position file: {broken.Message} Remove it to start again.");
        }
    }

    /// <summary>Replaces the file by this position.</summary>
    public void Save(string file)
    {
        var next = file + ".new";
        using (var stream = File.Create(next))
        {
            JsonSerializer.Serialize(stream, this, ImportJson.Default.ImportPosition);
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, file, overwrite: true);
    }
}

/// <summary>Generated readers and writers, so that no reflection runs.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(ImportPosition))]
internal sealed partial class ImportJson : JsonSerializerContext;
