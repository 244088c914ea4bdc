using System.Globalization;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// Reads rules of synonyms. Solr's: texts between commas, each meaning all, or <c>=&gt;</c> between what is replaced
/// and what it becomes; a backslash takes the next character as it is; <c>#</c> begins a line that means nothing.
/// WordNet's: <c>s(synset,number,'word',type,sense,count).</c>, words of a synset meaning each other.
/// </summary>
/// <param name="analyze">The words of a text, as the chain has them where its synonyms stand.</param>
/// <param name="expand">Whether texts between commas mean each other; else all mean the first.</param>
/// <param name="lenient">Whether a rule that comes to nothing is passed over.</param>
internal sealed class SynonymRules(Func<string, SynonymWay> analyze, bool expand, bool lenient)
{
    private readonly SynonymMap _map = new();

    /// <summary>All rules as one map.</summary>
    /// <exception cref="AnalysisException">One is not written as it has to be.</exception>
    public SynonymMap Read(IEnumerable<SynonymSet> sets)
    {
        foreach (var set in sets)
        {
            if (set.Format == SynonymFormat.WordNet) ReadWordNet(set);
            else for (var i = 0; i < set.Rules.Count; i++) ReadSolr(set.Rules[i], $"rule {i + 1} of {Describe(set)}");
        }

        return _map;
    }

    private static string Describe(SynonymSet set) => set.Name.Length == 0 ? "the synonyms" : $"synonyms '{set.Name}'";

    private void ReadSolr(string rule, string where)
    {
        if (string.IsNullOrWhiteSpace(rule) || rule.TrimStart()[0] == '#') return;
        var sides = Sides(rule, where);
        if (sides.Count == 1)
        {
            var all = Ways(sides[0], where, rule);
            var meant = expand ? all : all.Take(1).ToList();
            foreach (var one in all) Put(one, meant, where, rule);
            return;
        }

        var right = Ways(sides[1], where, rule);
        foreach (var one in Ways(sides[0], where, rule)) Put(one, right, where, rule);
    }

    private void ReadWordNet(SynonymSet set)
    {
        var synsets = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        for (var i = 0; i < set.Rules.Count; i++)
        {
            var line = set.Rules[i].Trim();
            if (line.Length == 0) continue;
            var quote = line.IndexOf('\'', StringComparison.Ordinal);
            var close = line.LastIndexOf('\'');
            var comma = line.IndexOf(',', StringComparison.Ordinal);
            if (!line.StartsWith("s(", StringComparison.Ordinal) || comma < 2 || quote < comma || close <= quote)
            {
                throw new AnalysisException(
                    $"line {i + 1} of {Describe(set)} is '{line}'; a line of WordNet's is s(100,1,'word',n,1,0).");
            }

            var id = line[2..comma];
            if (!synsets.TryGetValue(id, out var words)) synsets.Add(id, words = []);
            words.Add(line[(quote + 1)..close].Replace("''", "'", StringComparison.Ordinal));
        }

        foreach (var (id, words) in synsets)
        {
            var where = string.Create(CultureInfo.InvariantCulture, $"synset {id} of {Describe(set)}");
            var all = Ways(words, where, string.Join(", ", words));
            var meant = expand ? all : all.Take(1).ToList();
            foreach (var one in all) Put(one, meant, where, words[0]);
        }
    }

    private void Put(SynonymWay words, List<SynonymWay> ways, string where, string rule)
    {
        if (_map.TryAdd(words, ways, keepsOriginal: false)) return;
        throw new AnalysisException(
            $"with {where}, '{rule}', a text means more than {ChainLimits.SynonymWaysMax} things, itself counted; that "
            + "is the limit");
    }

    private List<SynonymWay> Ways(List<string> texts, string where, string rule)
    {
        if (texts.Count > ChainLimits.SynonymTextsMax)
        {
            throw new AnalysisException(
                $"{where} has {texts.Count} texts on one side; at most {ChainLimits.SynonymTextsMax} are allowed");
        }

        var ways = new List<SynonymWay>();
        var seen = new HashSet<SynonymWay>();
        foreach (var text in texts)
        {
            var way = analyze(text);
            if (way.Words.Count == 0 && !lenient)
            {
                throw new AnalysisException(
                    $"{where}, '{rule}': nothing is left of '{text}' behind the parts before the synonyms; leave it "
                    + "out, or set lenient");
            }

            if (way.Words.Count > ChainLimits.SynonymWordsMax)
            {
                throw new AnalysisException(
                    $"{where}: '{text}' has {way.Words.Count} words; at most {ChainLimits.SynonymWordsMax} are "
                    + "allowed");
            }

            if (way.Words.Count > 0 && seen.Add(way)) ways.Add(way);
        }

        return ways;
    }

    /// <summary>The texts on each side of the arrow, of which there is one at most.</summary>
    private static List<List<string>> Sides(string rule, string where)
    {
        var sides = new List<List<string>> { new() };
        var text = new StringBuilder();
        for (var at = 0; at < rule.Length; at++)
        {
            var isArrow = rule.AsSpan(at).StartsWith("=>");
            if (rule[at] == '\\' && at + 1 < rule.Length)
            {
                text.Append(rule[++at]);
            }
            else if (isArrow || rule[at] == ',')
            {
                Take();
                if (!isArrow) continue;
                sides.Add([]);
                at++;
            }
            else
            {
                text.Append(rule[at]);
            }
        }

        Take();
        return sides.Count <= 2 && sides.TrueForAll(side => side.Count > 0)
            ? sides
            : throw new AnalysisException($"{where} is '{rule}'; a rule is 'a, b, c' or 'a, b => c, d'");

        void Take()
        {
            var trimmed = text.ToString().Trim();
            if (trimmed.Length > 0) sides[^1].Add(trimmed);
            text.Clear();
        }
    }
}
