using System.Text.RegularExpressions;

namespace Hedgerow.Tidy.Tests;

/// <summary>
/// Finds functions by their layout: a signature, an opening brace alone at its indentation, and the closing one. Enough
/// for this code base's one layout, and without a parser.
/// </summary>
internal static partial class FunctionLengths
{
    public static IEnumerable<(string Name, int FirstLine, int Lines)> In(string[] lines)
    {
        for (var brace = 1; brace < lines.Length; brace++)
        {
            if (lines[brace].Trim() != "{") continue;
            var indent = lines[brace].Length - 1;
            if (indent is not (4 or 8) || SignatureAbove(lines, brace, indent) is not var (name, start)) continue;
            var closing = Array.FindIndex(lines, brace, l => l.Length == indent + 1 && l.Trim() == "}");
            if (closing > brace) yield return (name, start + 1, closing - start + 1);
        }
    }

    private static (string Name, int Start)? SignatureAbove(string[] lines, int brace, int indent)
    {
        for (var start = brace - 1; start >= 0 && start > brace - 10; start--)
        {
            if (!Declaration().IsMatch(lines[start])) continue;
            if (lines[start].TakeWhile(c => c == ' ').Count() != indent) continue;
            var signature = string.Join(' ', lines[start..brace].Select(l => l.Trim()));
            var match = Called().Match(signature);
            return match.Success && !TypeDeclaration().IsMatch(signature) ? (match.Groups["name"].Value, start) : null;
        }

        return null;
    }

    [GeneratedRegex(@"^\s+(public|private|internal|protected|static)\b")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"(?<name>\w+)(<[\w, ]+>)?\(")]
    private static partial Regex Called();

    [GeneratedRegex(@"^[\w ]*\b(class|struct|record|interface|enum)\b")]
    private static partial Regex TypeDeclaration();
}
