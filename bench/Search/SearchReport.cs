using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Hedgerow.Bench.Search;

/// <summary>The results as a page and as JSON: times, ratios, floors, indexes, and whether answers agree.</summary>
internal sealed class SearchReport
{
    private const string Ours = "hedgerow";
    private const string WholeSet = "whole set";

    private readonly SearchOptions _options;
    private readonly IReadOnlyList<EngineResults> _engines;
    private readonly IReadOnlyList<(string Class, string Text)> _queries;
    private readonly List<string> _groups;
    private readonly string _header;

    public SearchReport(SearchOptions options, IReadOnlyList<EngineResults> engines)
    {
        _options = options;
        _engines = engines;
        _queries = SearchCorpus.ReadQueries(options.Work);
        _groups = [WholeSet, .. _queries.Select(query => query.Class).Distinct()];
        var commit = ResultFile.CommitOf(SharedFolder.Root);
        _header = $"{ResultFile.Machine}; commit {commit}; load average after it {ResultFile.Load} (above 1: noise).";
    }

    /// <summary>Markdown.</summary>
    public string Text()
    {
        var page = new StringBuilder("# Search beside Lucene.NET and Lucene (bench/search.sh)\n\n");
        page.AppendLine(_header).AppendLine();
        var documents = _engines[0].Indexes[0].Documents;
        page.AppendLine(CultureInfo.InvariantCulture, $"""
            {documents:N0} paragraphs of English Wikipedia in one segment, one thread, from query text to best
            hits, timed inside each engine's process. Mean microseconds over the queries of each one's best of
            {_options.Rounds} rounds after {_options.Warmup} s (processor time) of warming up; engines take turns round
            by round. `{WholeSet}` is the game's; `{SearchCorpus.WordClass}` are single words beside it.
            `x` is how many times faster ours is. Floors: {SearchFloors.Words}
            """).AppendLine();
        foreach (var command in _options.Commands) Times(page, command.Name);
        Indexes(page);
        page.AppendLine("## Answers").AppendLine();
        foreach (var line in Answers()) page.AppendLine("- " + line);
        return page.ToString();
    }

    /// <summary>The same for machines.</summary>
    public JsonNode Json()
    {
        var times = new JsonObject();
        foreach (var command in _options.Commands)
        {
            var rows = new JsonObject();
            foreach (var group in _groups)
            {
                var row = new JsonObject();
                foreach (var engine in _engines) row[engine.Name] = Math.Round(Mean(engine, command.Name, group), 2);
                rows[group] = row;
            }

            times[command.Name] = rows;
        }

        var indexes = new JsonArray();
        foreach (var engine in _engines)
        {
            foreach (var index in engine.Indexes)
            {
                indexes.Add(new JsonObject
                {
                    ["engine"] = engine.Name,
                    ["variant"] = index.Variant,
                    ["seconds"] = Math.Round(index.Seconds, 3),
                    ["cpuSeconds"] = Math.Round(index.CpuSeconds, 3),
                    ["bytes"] = index.Bytes,
                    ["sourceBytes"] = index.SourceBytes,
                    ["documents"] = index.Documents,
                });
            }
        }

        return new JsonObject
        {
            ["header"] = _header,
            ["rounds"] = _options.Rounds,
            ["warmupSeconds"] = _options.Warmup,
            ["meanMicroseconds"] = times,
            ["indexes"] = indexes,
            ["answers"] = new JsonArray([.. Answers().Select(line => (JsonNode)line)]),
        };
    }

    private void Times(StringBuilder page, string command)
    {
        var peers = _engines.Where(engine => engine.Name != Ours).ToList();
        page.AppendLine("## " + command).AppendLine();
        page.Append("| class | queries |");
        foreach (var engine in _engines) page.Append($" {engine.Name} |");
        foreach (var peer in peers) page.Append($" x {peer.Name} |");
        page.AppendLine().Append("| --- | ---: |").Insert(page.Length, " ---: |", _engines.Count + peers.Count);
        page.AppendLine();
        foreach (var group in _groups)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {group} | {Members(group).Count()} |");
            foreach (var engine in _engines)
                page.Append(CultureInfo.InvariantCulture, $" {Mean(engine, command, group):F1} |");
            foreach (var peer in peers)
            {
                var ratio = Mean(peer, command, group) / Mean(_engines[0], command, group);
                var mark = SearchFloors.Mark(peer.Name, group == WholeSet, ratio);
                page.Append(CultureInfo.InvariantCulture, $" {ratio:F2}{mark} |");
            }

            page.AppendLine();
        }

        page.AppendLine();
    }

    private void Indexes(StringBuilder page)
    {
        page.AppendLine("## Index, one thread").AppendLine();
        page.AppendLine(
            "`stored` keeps key, version and source of a document as ours does, `plain` a number. CPU of all threads.");
        if (_options.KeepPeers) page.AppendLine("Peers' rows are those of an earlier run (--keep-peers).");
        page.AppendLine().AppendLine("| engine | CPU s | clock s | MB | MB without what only gives documents back |");
        page.AppendLine("| --- | ---: | ---: | ---: | ---: |");
        foreach (var engine in _engines)
        {
            foreach (var index in engine.Indexes)
            {
                page.AppendLine(FormattableString.Invariant(
                    $"| {engine.Name} {index.Variant} | {index.CpuSeconds:F2} | {index.Seconds:F2} | ") + Sizes(index));
            }
        }

        page.AppendLine();
        if (_engines.FirstOrDefault(engine => engine.Name == "lucene") is not { } lucene) return;
        var ours = _engines[0].Indexes[0];
        foreach (var index in lucene.Indexes)
        {
            var whole = index.Variant == ours.Variant;
            var size = whole
                ? (double)ours.Bytes / index.Bytes
                : (double)(ours.Bytes - ours.SourceBytes) / (index.Bytes - index.SourceBytes);
            var (cpu, seconds) = (ours.CpuSeconds / index.CpuSeconds, ours.Seconds / index.Seconds);
            page.AppendLine(FormattableString.Invariant(
                $"- beside Lucene {index.Variant}: {cpu:F2} x its CPU, {seconds:F2} x its clock, {size:F2} x its bytes")
                + (whole ? "" : ", without sources"));
        }

        page.AppendLine();
    }

    private static string Sizes(IndexFigures index) => FormattableString.Invariant(
        $"{index.Bytes / 1e6:F1} | {(index.Bytes - index.SourceBytes) / 1e6:F1} |");

    private IEnumerable<string> Answers()
    {
        var ours = _engines[0];
        foreach (var peer in _engines.Skip(1))
        {
            foreach (var command in _options.Commands)
            {
                var pairs = ours.Times[command.Name].Zip(peer.Times[command.Name]).ToList();
                var apart = Enumerable.Range(0, pairs.Count)
                    .Where(i => pairs[i].First.Answer != pairs[i].Second.Answer).ToList();
                yield return $"{command.Name} beside {peer.Name}: {pairs.Count - apart.Count} of {pairs.Count} the same"
                    + string.Concat(apart.Take(5).Select(i =>
                        $"; `{_queries[i].Text}` {pairs[i].First.Answer} against {pairs[i].Second.Answer}"));
            }

            // Scores of Lucene 4.8 have another formula and other norms.
            if (peer.Name != "lucene") continue;
            var scores = ours.Hits.Zip(peer.Hits).ToList();
            var different = Enumerable.Range(0, scores.Count)
                .Where(i => !SameScores(scores[i].First, scores[i].Second)).ToList();
            var documents = scores.Count(pair => pair.First.Select(h => h.Document)
                .SequenceEqual(pair.Second.Select(h => h.Document)));
            yield return $"scores of the best ten beside {peer.Name}: {scores.Count - different.Count} of "
                + $"{scores.Count} within 1e-5; the same documents in the same order: {documents}"
                + string.Concat(different.Take(5).Select(i => $"; `{_queries[i].Text}`"));
        }
    }

    private static bool SameScores((int Document, float Score)[] ours, (int Document, float Score)[] theirs) =>
        ours.Length == theirs.Length && ours.Zip(theirs).All(
            pair => Math.Abs(pair.First.Score - pair.Second.Score) <= 1e-5f * Math.Abs(pair.Second.Score));

    private IEnumerable<int> Members(string group) =>
        Enumerable.Range(0, _queries.Count).Where(i => group == WholeSet
            ? _queries[i].Class != SearchCorpus.WordClass
            : _queries[i].Class == group);

    private double Mean(EngineResults engine, string command, string group) =>
        Members(group).Select(i => engine.Times[command][i].Nanoseconds / 1e3).DefaultIfEmpty(double.NaN).Average();
}
