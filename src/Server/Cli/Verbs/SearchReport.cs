using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Http;
using Spectre.Console;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary>How a search's answer looks, to people and to machines.</summary>
internal static class SearchReport
{
    private const string MatchStart = "<em>";
    private const string MatchEnd = "</em>";

    /// <summary>Hits with rank, score and snippets, then total, coverage and time.</summary>
    public static void Write(IAnsiConsole screen, SearchReply reply, int from, TimeSpan took, bool explain)
    {
        if (reply.Hits.Count > 0) screen.Write(Hits(screen, reply, from));
        foreach (var hit in reply.Hits) if (hit.Explanation is { } score) screen.Write(ScoreTree(hit.Path, score));
        FacetReport.Write(screen, reply.Aggregations);
        if (reply.Profile is { } profile) screen.Write(ProfileTable(profile));
        screen.MarkupLine($"[grey]{Summary(reply, took)}[/]");
        if (explain) screen.WriteLine(Explain(reply.Coverage));
    }

    /// <summary>The same for machines: what the HTTP API answers, on one line.</summary>
    public static void WriteJson(CliConsole console, SearchRequest request, SearchReply reply, TimeSpan took)
    {
        WriteLine(console, SearchJson.Answer(request, reply, took), ApiJson.Wire.SearchAnswer);
        console.Output.Flush();
    }

    /// <summary>Hits as they come: their paths, or for machines each as a line of JSON.</summary>
    public static async Task WriteAllAsync(
        CliConsole console, SearchRequest request, IAsyncEnumerable<SearchHit> hits, bool asJson)
    {
        await foreach (var hit in hits)
        {
            if (asJson) WriteLine(console, SearchJson.Hit(request, hit), ApiJson.Wire.HitAnswer);
            else await console.Out.WriteLineAsync(hit.Path);
        }

        console.Output.Flush();
    }

    /// <summary>One line of JSON.</summary>
    public static void WriteLine<T>(CliConsole console, T answer, JsonTypeInfo<T> type)
    {
        JsonSerializer.Serialize(console.Output, answer, type);
        console.Output.WriteByte((byte)'\n');
    }

    /// <summary>One line: how many, out of what, how fast.</summary>
    public static string Summary(SearchReply reply, TimeSpan took)
    {
        var coverage = reply.Coverage;
        var total = reply.TotalIsExact ? Sizes.Count(reply.Total) : $"at least {Sizes.Count(reply.Total)}";
        var share = coverage.IsWhole ? "coverage whole" : "coverage PARTIAL";
        return $"{total} found in {Sizes.Count(coverage.DocumentsCovered)} of {Sizes.Count(coverage.DocumentsTotal)} " +
            $"documents, {coverage.ShardsAnswered} of {coverage.ShardsTotal} shards ({share}), {Sizes.Time(took)}";
    }

    private static Tree ScoreTree(string path, Explanation explanation)
    {
        var tree = new Tree($"[bold green]{Markup.Escape(path)}[/] {Line(explanation)}");
        Add(tree, explanation);
        return tree;

        static string Line(Explanation part) =>
            $"{part.Value.ToString("0.0000", CultureInfo.InvariantCulture)} [grey]{Markup.Escape(part.Description)}[/]";

        static void Add(IHasTreeNodes node, Explanation parent)
        {
            foreach (var part in parent.Details) Add(node.AddNode(Line(part)), part);
        }
    }

    /// <summary>The router's phases, then each shard's, which run beside each other within them.</summary>
    private static Table ProfileTable(SearchProfile profile)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("where").AddColumn("phases, µs");
        table.AddColumn(new TableColumn("segments").RightAligned()).AddColumn(new TableColumn("blocks").RightAligned());
        table.AddRow("router", Phases(profile.Phases), "", "");
        foreach (var shard in profile.Shards)
        {
            table.AddRow(
                string.Create(CultureInfo.InvariantCulture, $"shard {shard.Shard}"), Phases(shard.Phases),
                Sizes.Count(shard.Segments), Sizes.Count(shard.Blocks));
        }

        return table;

        static string Phases(IReadOnlyList<SearchPhase> phases) => string.Join(
            "  ", phases.Select(phase => string.Create(CultureInfo.InvariantCulture, $"{phase.Name} {phase.Micros}")));
    }

    private static Grid Hits(IAnsiConsole screen, SearchReply reply, int from)
    {
        var grid = new Grid { Expand = false };
        grid.AddColumn(new GridColumn().RightAligned().NoWrap().Padding(0, 0, 2, 0));
        grid.AddColumn(new GridColumn().RightAligned().NoWrap().Padding(0, 0, 2, 0));
        grid.AddColumn(new GridColumn());
        grid.AddRow(new Markup("[grey]#[/]"), new Markup("[grey]score[/]"), new Markup("[grey]path and snippets[/]"));
        foreach (var (index, hit) in reply.Hits.Index())
        {
            grid.AddRow(
                new Text((from + index + 1).ToString(CultureInfo.InvariantCulture)),
                new Text(hit.Score.ToString("0.000", CultureInfo.InvariantCulture)),
                new Markup(Describe(hit, screen.Profile.Capabilities.ColorSystem == ColorSystem.NoColors)));
        }

        return grid;
    }

    private static string Describe(SearchHit hit, bool plain)
    {
        var text = new StringBuilder($"[bold green]{Markup.Escape(hit.Path)}[/]");
        foreach (var highlight in hit.Highlights)
            text.Append(CultureInfo.InvariantCulture, $"\n[grey]{Markup.Escape(highlight.Field)}:[/] ")
                .Append(highlight.Fragments.Count > 0
                    ? Markup.Escape(string.Join(" … ", highlight.Fragments))
                    : Snippet(highlight.Snippet, plain));
        if (!hit.Source.IsEmpty)
            text.Append('\n').Append(Markup.Escape(Encoding.UTF8.GetString(hit.Source.Span)));
        return text.ToString();
    }

    /// <summary>
    /// Matches stand out by colour where there is colour, and between asterisks where there is none. Snippets come
    /// escaped for a web page; the marks are taken out first, so that a document's own angle brackets stay text.
    /// </summary>
    internal static string Snippet(string snippet, bool plain)
    {
        var escaped = Markup.Escape(snippet.Replace('\n', ' '));
        var marked = plain
            ? escaped.Replace(MatchStart, "*", StringComparison.Ordinal)
                .Replace(MatchEnd, "*", StringComparison.Ordinal)
            : escaped.Replace(MatchStart, "[bold yellow]", StringComparison.Ordinal)
                .Replace(MatchEnd, "[/]", StringComparison.Ordinal);
        return WebUtility.HtmlDecode(marked);
    }

    private static string Explain(Coverage coverage)
    {
        if (coverage.IsWhole)
            return "Every shard answered: total, scores and order stand for all " +
                $"{Sizes.Count(coverage.DocumentsTotal)} documents.";
        var missing = coverage.ShardsTotal - coverage.ShardsAnswered;
        return $"{missing} of {coverage.ShardsTotal} shards did not answer in time: up to " +
            $"{Sizes.Count(coverage.DocumentsTotal - coverage.DocumentsCovered)} documents were not looked at, and " +
            "hits among them are missing. 'hedgerow status' shows which leaves are down; --whole fails instead.";
    }
}
