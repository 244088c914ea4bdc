using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>The settings of one part, read by name. What is wrong is told with the part and what is allowed.</summary>
internal sealed class PartSettings
{
    /// <summary>What counts in the braces of a pattern may come to, multiplied.</summary>
    private const int CountMax = 1_000;

    private readonly AnalysisPart _part;

    /// <exception cref="AnalysisException">A setting is none of the part's.</exception>
    public PartSettings(AnalysisPart part, IReadOnlyList<string> known)
    {
        _part = part;
        foreach (var setting in part.Settings)
        {
            if (known.Contains(setting.Name)) continue;
            var allowed = known.Count == 0 ? "it has none" : $"it has {string.Join(", ", known)}";
            throw Bad($"'{setting.Name}' is no setting of it; {allowed}");
        }
    }

    /// <summary>Whether a setting is there.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>All values of a list; none where it is missing.</summary>
    public IReadOnlyList<string> List(string name) => Find(name)?.Values ?? [];

    /// <summary>A text.</summary>
    public string Text(string name, string ifMissing)
    {
        var values = Find(name)?.Values;
        if (values is null) return ifMissing;
        return values.Count == 1 ? values[0] : throw Bad($"'{name}' has {values.Count} values; it takes one");
    }

    /// <summary>A whole number between bounds.</summary>
    public int Number(string name, int ifMissing, int least, int most)
    {
        if (!Has(name)) return ifMissing;
        var text = Text(name, "");
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most
            ? number
            : throw Bad($"'{name}' is '{text}'; whole numbers from {least} to {most} are allowed");
    }

    /// <summary>True or false.</summary>
    public bool Flag(string name, bool ifMissing) => Text(name, ifMissing ? "true" : "false") switch
    {
        "true" => true,
        "false" => false,
        var other => throw Bad($"'{name}' is '{other}'; allowed are true and false"),
    };

    /// <summary>A pattern each match of which takes time in proportion to the text, whatever the text.</summary>
    public CutPattern Pattern(string name, string ifMissing)
    {
        var pattern = Text(name, ifMissing);
        if (pattern.Length is 0 or > ChainLimits.PatternCharsMax)
        {
            throw Bad(
                $"'{name}' has {pattern.Length} characters; 1 to {ChainLimits.PatternCharsMax} are allowed");
        }

        if (RepeatsTooMuch(pattern))
        {
            throw Bad(
                $"'{name}' is '{pattern}', whose counts in braces, multiplied, are above {CountMax}; that is the "
                + "limit");
        }

        try
        {
            var regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return new CutPattern(regex, PatternShape.IsLinear(pattern));
        }
        catch (Exception broken) when (broken is ArgumentException or NotSupportedException)
        {
            throw Bad(
                $"'{name}' is '{pattern}': {broken.Message} Allowed is what matches without going back: no "
                + "look-around, no back-references");
        }
    }

    /// <summary>What is wrong with the part.</summary>
    public AnalysisException Bad(string problem) => new($"{_part.Type}: {problem}");

    /// <summary>A language, by the name of its analyzer.</summary>
    public Language Language(string name, string ifMissing, Func<Language, bool> fits)
    {
        var wanted = Text(name, ifMissing).Trim('_').ToLowerInvariant();
        return Languages.All.FirstOrDefault(language => language.Name == wanted && fits(language))
            ?? throw Bad($"'{name}' is '{wanted}'; allowed are "
                + string.Join(", ", Languages.All.Where(fits).Select(language => language.Name)));
    }

    /// <summary>Words of a list, and of languages that it names as <c>_english_</c>.</summary>
    public FrozenSet<string> Words(string name, string ifMissing, bool ignoreCase)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        foreach (var value in Has(name) ? List(name) : [ifMissing])
        {
            if (value is "_none_" or "") continue;
            if (value.Length > 2 && value[0] == '_' && value[^1] == '_')
                words.UnionWith(Named(name, value).StopWords);
            else words.Add(value);
        }

        return words.ToFrozenSet(ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
    }

    private Language Named(string setting, string value) =>
        Languages.All.FirstOrDefault(language => value.Equals($"_{language.Name}_", StringComparison.OrdinalIgnoreCase))
        ?? throw Bad($"'{setting}' names '{value}'; known are _none_, "
            + string.Join(", ", Languages.All.Select(language => $"_{language.Name}_")));

    /// <summary>
    /// Whether counts in braces are nested or large: each copies what it repeats, and copies of copies are how a short
    /// pattern takes all memory.
    /// </summary>
    private static bool RepeatsTooMuch(string pattern)
    {
        var counts = 0;
        for (var at = 0; at < pattern.Length; at++)
        {
            if (pattern[at] == '\\') at++;
            else if (pattern[at] == '{') counts = Math.Max(1, counts) * Math.Max(1, Count(pattern, at + 1));
            if (counts > CountMax) return true;
        }

        return false;
    }

    private static int Count(string pattern, int at)
    {
        long largest = 0, number = 0;
        for (; at < pattern.Length && pattern[at] != '}'; at++)
        {
            number = char.IsAsciiDigit(pattern[at]) ? Math.Min(int.MaxValue, (number * 10) + pattern[at] - '0') : 0;
            largest = Math.Max(largest, number);
        }

        return (int)largest;
    }

    private AnalysisSetting? Find(string name)
    {
        foreach (var setting in _part.Settings)
            if (setting.Name == name) return setting;
        return null;
    }
}
