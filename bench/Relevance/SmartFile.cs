using System.Text;

namespace Hedgerow.Bench.Relevance;

/// <summary>
/// The format of the SMART system's collections: records begin with <c>.I id</c>, sections with a dot and a letter
/// alone on their line.
/// </summary>
internal static class SmartFile
{
    /// <summary>Every record: its id, and its text by section letter. A section that comes twice is joined.</summary>
    public static IEnumerable<(string Id, Dictionary<char, string> Sections)> Read(string path)
    {
        string? id = null;
        var sections = new Dictionary<char, StringBuilder>();
        var section = '\0';
        foreach (var line in File.ReadLines(path, Encoding.Latin1))
        {
            if (line.StartsWith(".I ", StringComparison.Ordinal))
            {
                if (id is not null) yield return (id, Finish(sections));
                id = line[3..].Trim();
                sections = [];
                section = '\0';
            }
            else if (line.Length >= 2 && line[0] == '.' && char.IsAsciiLetterUpper(line[1]) && line.Trim().Length == 2)
            {
                section = line[1];
                sections.TryAdd(section, new StringBuilder());
            }
            else if (section != '\0') sections[section].AppendLine(line);
        }

        if (id is not null) yield return (id, Finish(sections));
    }

    private static Dictionary<char, string> Finish(Dictionary<char, StringBuilder> sections) =>
        sections.ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
}
