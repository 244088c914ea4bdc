using System.CommandLine;
using System.Diagnostics;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Http;
using Spectre.Console;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary><c>hedgerow suggest</c>: completions of a prefix, or what words and texts may have been meant as.</summary>
internal static class SuggestVerb
{
    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "suggest",
            "Complete a text from a completion field, or correct its words from a text field.",
            new Example("what begins so, heaviest first", "hedgerow suggest words suggest hedg"),
            new Example("with typos", "hedgerow suggest words suggest hegde --fuzzy"),
            new Example("each word", "hedgerow suggest words definition \"flihgtless brid\" --words"),
            new Example("the whole text", "hedgerow suggest words definition \"flihgtless brid\" --phrase"));
        var collection = new Argument<string>("COLLECTION") { Description = "The collection's name, such as words." };
        var field = new Argument<string>("FIELD") { Description = "A completion field; of corrections a text field." };
        var text = new Argument<string>("TEXT") { Description = "What was typed." };
        var words = new Option<bool>("--words") { Description = "Correct each word that no document has." };
        var phrase = new Option<bool>("--phrase") { Description = "Correct the text as a whole." };
        var fuzzy = new Option<bool>("--fuzzy") { Description = "Complete what begins nearly so, too." };
        var size = NumberOption.Create("--size", "N", 5, 0, SuggestRequest.SizeMax, "Suggestions to print,");
        var client = new ClientOptions(console);
        foreach (var argument in new Argument[] { collection, field, text }) verb.Add(argument);
        foreach (var option in new Option[] { words, phrase, fuzzy, size }) verb.Add(option);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            if (result.GetValue(words) && result.GetValue(phrase))
                throw CliException.Usage("suggest takes --words or --phrase, not both.");
            var (typed, name) = (result.GetRequiredValue(text), result.GetRequiredValue(field));
            var count = result.GetValue(size);
            var request = new SuggestRequest { Collection = result.GetRequiredValue(collection) };
            request = result.GetValue(words) ? request with { Words = [new("words", name, typed) { Size = count }] }
                : result.GetValue(phrase) ? request with { Phrases = [new("phrase", name, typed) { Size = count }] }
                : request with
                {
                    Completions =
                    [
                        new("prefix", name, typed)
                        {
                            Size = count, Edits = result.GetValue(fuzzy) ? FuzzyQuery.AutoEdits : 0,
                        },
                    ],
                };
            await using var cluster = await client.ConnectAsync(result, cancel);
            var started = Stopwatch.GetTimestamp();
            var reply = await cluster.SuggestAsync(request, cancel);
            if (result.GetValue(client.Json))
            {
                var took = Stopwatch.GetElapsedTime(started);
                SearchReport.WriteLine(console, SuggestJson.Answer(request, reply, took), ApiJson.Wire.SuggestAnswer);
                console.Output.Flush();
            }
            else
            {
                Write(console.Screen, reply);
            }

            return ExitCodes.Ok;
        });
        return verb;
    }

    private static void Write(IAnsiConsole screen, SuggestReply reply)
    {
        foreach (var option in reply.Completions.SelectMany(answer => answer.Options))
            screen.MarkupLine($"{Markup.Escape(option.Text)} [grey]{option.Weight} {Markup.Escape(option.Path)}[/]");
        foreach (var word in reply.Words.SelectMany(answer => answer.Words))
        {
            var options = word.Options.Select(
                option => $"{Markup.Escape(option.Text)} [grey]{Sizes.Count(option.Documents)}[/]");
            screen.MarkupLine(
                $"[bold]{Markup.Escape(word.Text)}[/] [grey]{Sizes.Count(word.Documents)}[/]: " +
                string.Join(", ", options));
        }

        foreach (var option in reply.Phrases.SelectMany(answer => answer.Options))
            screen.MarkupLine($"{Markup.Escape(option.Text)} [grey]{Sizes.Count(option.Documents)} documents[/]");
    }
}
