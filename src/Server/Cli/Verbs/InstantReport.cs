using System.Diagnostics;
using System.Globalization;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Http;
using Spectre.Console;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary><c>hedgerow search --instant</c>: the text as somebody types it, and how the answer looks.</summary>
internal static class InstantReport
{
    /// <summary>Searches as a search's flags say, and prints.</summary>
    /// <param name="console">Where.</param>
    /// <param name="cluster">Whom to ask.</param>
    /// <param name="search">What the flags say.</param>
    /// <param name="text">What was typed.</param>
    /// <param name="asJson">For machines.</param>
    /// <param name="cancel">The caller's.</param>
    public static async Task RunAsync(
        CliConsole console, HedgerowClient cluster, SearchRequest search, string text, bool asJson,
        CancellationToken cancel)
    {
        var request = new InstantRequest
        {
            Collection = search.Collection,
            Text = text,
            Size = search.Size,
            From = search.From,
            AllWords = search.Query is QueryStringQuery { AllWords: true },
            WithSource = search.WithSource,
            SourceFields = search.SourceFields,
            HighlightFields = search.HighlightFields,
            AllowPartial = search.AllowPartial,
            DidYouMean = true,
        };
        var started = Stopwatch.GetTimestamp();
        var reply = await cluster.InstantAsync(request, cancel);
        var took = Stopwatch.GetElapsedTime(started);
        if (asJson) SearchReport.WriteLine(console, InstantJson.Answer(reply, took), ApiJson.Wire.InstantAnswer);
        else Write(console.Screen, reply, request.From, took);
        console.Output.Flush();
    }

    private static void Write(IAnsiConsole screen, InstantReply reply, int from, TimeSpan took)
    {
        var isPlain = screen.Profile.Capabilities.ColorSystem == ColorSystem.NoColors;
        foreach (var option in reply.DidYouMean) screen.MarkupLine($"Did you mean: {Markup.Escape(option.Text)}");
        foreach (var (index, hit) in reply.Hits.Index())
        {
            var rank = (from + index + 1).ToString(CultureInfo.InvariantCulture);
            screen.MarkupLine($"{rank,3}  [bold green]{Markup.Escape(hit.Path)}[/] [grey]{Why(hit.Ranking)}[/]");
            foreach (var highlight in hit.Highlights)
            {
                var snippet = SearchReport.Snippet(highlight.Snippet, isPlain);
                screen.MarkupLine($"     [grey]{Markup.Escape(highlight.Field)}:[/] {snippet}");
            }
        }

        var total = reply.TotalIsExact ? Sizes.Count(reply.Total) : $"at least {Sizes.Count(reply.Total)}";
        screen.MarkupLine(
            $"[grey]{total} found by {reply.MatchedWords} of {reply.Words} words, {reply.Coverage.ShardsAnswered} of " +
            $"{reply.Coverage.ShardsTotal} shards, {Sizes.Time(took)}[/]");
    }

    private static string Why(in InstantRanking ranking) => string.Create(
        CultureInfo.InvariantCulture,
        $"words {ranking.Words}, typos {ranking.Typos}, proximity {ranking.Proximity}, exact {ranking.Exactness}");
}
