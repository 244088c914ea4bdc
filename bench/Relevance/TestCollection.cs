using System.Globalization;

namespace Hedgerow.Bench.Relevance;

/// <summary>Documents, questions, and who judged which document relevant to which question.</summary>
internal sealed record TestCollection
{
    public required string Name { get; init; }

    /// <summary>Text by document number, from 1.</summary>
    public required IReadOnlyDictionary<int, string> Documents { get; init; }

    /// <summary>Questions by number; only those with a judgement count.</summary>
    public required IReadOnlyDictionary<int, string> Questions { get; init; }

    /// <summary>Relevant documents by question.</summary>
    public required IReadOnlyDictionary<int, IReadOnlySet<int>> Relevant { get; init; }

    /// <summary>The question and document numbers of all judgements, counted.</summary>
    public int Judgements => Relevant.Values.Sum(documents => documents.Count);

    /// <summary>
    /// Cranfield 1400: abstracts on aerodynamics. Its query file numbers questions with gaps, its judgements by their
    /// order. Section W repeats the title, so it alone is indexed. All 1,837 judgements count as relevant, whatever
    /// their grade: the usual practice.
    /// </summary>
    public static TestCollection Cranfield(string folder) => new()
    {
        Name = "cranfield",
        Documents = SmartFile.Read(Path.Combine(folder, "cran.all.1400"))
            .ToDictionary(record => Number(record.Id), record => record.Sections.GetValueOrDefault('W', "")),
        Questions = SmartFile.Read(Path.Combine(folder, "cran.qry"))
            .Select((record, index) => (Number: index + 1, Text: record.Sections['W']))
            .ToDictionary(question => question.Number, question => question.Text),
        Relevant = Judge(Path.Combine(folder, "cranqrel")),
    };

    /// <summary>CACM: titles, and abstracts where there are any.</summary>
    public static TestCollection Cacm(string folder) => new()
    {
        Name = "cacm",
        Documents = SmartFile.Read(Path.Combine(folder, "cacm.all")).ToDictionary(
            record => Number(record.Id),
            record => record.Sections.GetValueOrDefault('T', "") + "\n" + record.Sections.GetValueOrDefault('W', "")),
        Questions = SmartFile.Read(Path.Combine(folder, "query.text"))
            .ToDictionary(record => Number(record.Id), record => record.Sections['W']),
        Relevant = Judge(Path.Combine(folder, "qrels.text")),
    };

    private static Dictionary<int, IReadOnlySet<int>> Judge(string path) => File.ReadLines(path)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(parts => parts.Length >= 3)
        .GroupBy(parts => Number(parts[0]), parts => Number(parts[1]))
        .ToDictionary(group => group.Key, group => (IReadOnlySet<int>)group.ToHashSet());

    private static int Number(string text) => int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture);
}
