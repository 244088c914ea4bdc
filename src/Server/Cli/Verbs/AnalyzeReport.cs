using System.Globalization;
using Hedgerow.Protocol;
using Spectre.Console;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary>How the terms of a text look to people.</summary>
internal static class AnalyzeReport
{
    /// <summary>A table of the terms; before it, if it was asked for, one of the parts with what each made.</summary>
    public static void Write(IAnsiConsole screen, AnalyzeReply reply, string text)
    {
        if (reply.Stages.Count > 0) screen.Write(Stages(reply.Stages));
        screen.Write(Tokens(reply.Tokens, text));
    }

    private static Table Tokens(IReadOnlyList<AnalyzedToken> tokens, string text)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn(new TableColumn("position").RightAligned());
        table.AddColumn("term").AddColumn("type").AddColumn(new TableColumn("place").RightAligned()).AddColumn("text");
        foreach (var token in tokens)
        {
            var position = token.PositionLength == 1
                ? Number(token.Position)
                : $"{Number(token.Position)}-{Number(token.Position + token.PositionLength)}";
            var original = text[Math.Min(token.Start, text.Length)..Math.Min(token.End, text.Length)];
            table.AddRow(
                position, $"[bold]{Markup.Escape(token.Term)}[/]", Markup.Escape(token.Type),
                $"{Number(token.Start)}-{Number(token.End)}", $"[grey]{Markup.Escape(original)}[/]");
        }

        return table;
    }

    /// <summary>Terms that a part changed or added stand out; those it took away come last.</summary>
    private static Table Stages(IReadOnlyList<AnalyzeStage> stages)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("part").AddColumn("makes");
        IReadOnlyList<AnalyzedToken> before = [];
        var isFirst = true;
        foreach (var stage in stages)
        {
            if (stage.Text is not null)
            {
                table.AddRow(Markup.Escape(stage.Part), $"[grey]{Markup.Escape(stage.Text)}[/]");
                continue;
            }

            var known = before.Select(Key).ToHashSet();
            var left = stage.Tokens.Select(token => (token.Start, token.End)).ToHashSet();
            var terms = stage.Tokens.Select(token => isFirst || known.Contains(Key(token))
                ? Markup.Escape(token.Term)
                : $"[bold green]{Markup.Escape(token.Term)}[/]");
            var gone = before.Where(token => !left.Contains((token.Start, token.End)))
                .Select(token => $"[strikethrough grey]{Markup.Escape(token.Term)}[/]").ToArray();
            var made = string.Join(" · ", terms);
            table.AddRow(
                Markup.Escape(stage.Part),
                gone.Length == 0 ? made : $"{made}  [grey]without[/] {string.Join(" · ", gone)}");
            (before, isFirst) = (stage.Tokens, false);
        }

        return table;
    }

    private static (string Term, int Start, int End) Key(AnalyzedToken token) => (token.Term, token.Start, token.End);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
