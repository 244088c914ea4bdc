using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Cli.Import;

/// <summary>
/// The lines of a file of synonyms, each a rule, so that servers count them as editors do: also those that are blank or
/// remarks.
/// </summary>
internal static class RuleLines
{
    private static readonly UTF8Encoding Strict =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads them.</summary>
    /// <param name="bytes">The file, with or without a byte order mark.</param>
    /// <param name="file">How errors call it.</param>
    /// <exception cref="CliException">A line is no UTF-8 or too long, or there are too many, or none.</exception>
    public static IReadOnlyList<string> Read(ReadOnlyMemory<byte> bytes, string file)
    {
        var rest = bytes.Span;
        if (rest.StartsWith("\uFEFF"u8)) rest = rest[3..];
        var rules = new List<string>();
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (line.EndsWith("\r"u8)) line = line[..^1];
            if (rules.Count == SynonymSet.RulesMax)
                throw CliException.Usage($"{file} has more than {SynonymSet.RulesMax:N0} lines; that is the limit.");
            rules.Add(TextOf(line, $"{file}:{rules.Count + 1}"));
        }

        return rules.Exists(rule => !string.IsNullOrWhiteSpace(rule))
            ? rules
            : throw CliException.Usage($"{file} has no rule; a rule is a line such as 'ny, new york'.");
    }

    private static string TextOf(ReadOnlySpan<byte> line, string where)
    {
        if (line.Length > AnalysisSetting.ValueBytesMax)
        {
            throw CliException.Usage(
                $"{where}: the line has {line.Length} bytes; at most {AnalysisSetting.ValueBytesMax} are allowed.");
        }

        try
        {
            return Strict.GetString(line);
        }
        catch (DecoderFallbackException broken)
        {
            throw CliException.Usage($"{where}:{broken.Index + 1}: the bytes there are no UTF-8.");
        }
    }
}
