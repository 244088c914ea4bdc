using Hedgerow.Server.Cli;

namespace Hedgerow.Server.Tests.Cli;

public sealed class UsageTests : IDisposable
{
    private readonly TestTerminal _terminal = new();

    public void Dispose() => _terminal.Dispose();

    [Theory]
    [InlineData("serch", "There is no verb 'serch'. Did you mean 'search'?")]
    [InlineData("sett /a b", "There is no verb 'sett'. Did you mean 'set'?")]
    [InlineData("bogus", "There is no verb 'bogus'. Verbs: serve, leaf, router, demo, get,")]
    public async Task Wrong_verb_is_told_with_the_nearest_one(string line, string expected)
    {
        Assert.Equal(ExitCodes.Usage, await _terminal.RunAsync(line.Split(' ')));
        Assert.Contains(expected, _terminal.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("get /a --outptu x", "get has no option '--outptu'. Did you mean '--output'?")]
    [InlineData("set /a --ttll 60s", "set has no option '--ttll'. Did you mean '--ttl'?")]
    [InlineData("search words thorn --sise=3", "search has no option '--sise'. Did you mean '--size'?")]
    public async Task Wrong_option_is_told_and_never_taken_for_a_value(string line, string expected)
    {
        Assert.Equal(ExitCodes.Usage, await _terminal.RunAsync(line.Split(' ')));
        Assert.Contains(expected, _terminal.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("set /a b --ttl 60", "--ttl: '60' is no duration; allowed is a number and a unit")]
    [InlineData("set /a b --flags -1", "--flags is '-1'; allowed is a number from 0 to 4294967295")]
    [InlineData("set /a b --if-absent --if-version 7", "--if-absent and --if-version exclude each other")]
    [InlineData("delete /a /b --if-version 7", "--if-version is for one PATH")]
    [InlineData("get /a --min-version 0", "--min-version is '0'; allowed is a number from 1 to")]
    [InlineData("set /a b --refresh now", "--refresh is 'now'; allowed are true, wait_for and false")]
    [InlineData("delete /a --refresh now", "--refresh is 'now'; allowed are true, wait_for and false")]
    [InlineData("set /a", "set wants a VALUE, --file FILE, or - for standard input")]
    [InlineData("search words q --size 10001", "--size is '10001'; allowed is a number from 0 to 10000")]
    [InlineData("search words q --size ten", "--size is 'ten'; allowed is a number from 0 to 10000")]
    [InlineData("fault leaf-1", "fault wants --delay-share and --delay, or --error-share, or --heal")]
    [InlineData("fault leaf-1 --error-share 2", "--error-share is '2'; allowed is a number from 0 to 1")]
    [InlineData("get", "'PATH' missing")]
    [InlineData("get /a /b", "'/b' is one argument too many for get")]
    [InlineData("import a.jsonl", "'--collection' is required")]
    [InlineData("import none.jsonl --collection c", "There is no file none.jsonl")]
    [InlineData("import - --collection c --resume", "wants --resume-file")]
    [InlineData("import - --collection c --path-template /c/x", "names no field")]
    [InlineData("import - --collection c --path-template /d/{id}", "must begin with /c/")]
    [InlineData("import - --collection c --path-template /c/{", "has a brace without a field name")]
    [InlineData("export words --json", "--json reports on a file")]
    public async Task Wrong_usage_says_what_and_what_is_allowed(string line, string expected)
    {
        Assert.Equal(ExitCodes.Usage, await _terminal.RunAsync(line.Split(' ')));
        Assert.Contains(expected, _terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variable_that_makes_no_sense_is_wrong_usage_too()
    {
        using var terminal = new TestTerminal(variable: name => name == "HEDGEROW_TIMEOUT" ? "soon" : null);
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("get", "/a"));
        Assert.Contains("HEDGEROW_TIMEOUT: 'soon' is no duration; allowed", terminal.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("get")]
    [InlineData("set")]
    [InlineData("delete")]
    [InlineData("search")]
    [InlineData("import")]
    [InlineData("export")]
    [InlineData("status")]
    [InlineData("demo")]
    [InlineData("version")]
    public async Task Help_of_every_verb_ends_with_examples_that_name_it(string verb)
    {
        Assert.Equal(ExitCodes.Ok, await _terminal.RunAsync(verb, "--help"));
        var examples = _terminal.Output[_terminal.Output.IndexOf("Examples:", StringComparison.Ordinal)..];
        Assert.Contains($"hedgerow {verb}", examples, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_verb_at_all_shows_the_help_and_is_wrong_usage()
    {
        Assert.Equal(ExitCodes.Usage, await _terminal.RunAsync());
        Assert.Contains("hedgerow demo", _terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_listening_is_a_failure_that_says_how_to_start_a_server()
    {
        Assert.Equal(ExitCodes.Failed, await _terminal.RunAsync("get", "/a", "--server", "127.0.0.1:1"));
        Assert.Contains("127.0.0.1:1", _terminal.Error, StringComparison.Ordinal);
        Assert.Contains("hedgerow serve", _terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_speaks_to_machines_too()
    {
        Assert.Equal(ExitCodes.Ok, await _terminal.RunAsync("version", "--json"));
        using var json = System.Text.Json.JsonDocument.Parse(_terminal.Output);
        Assert.Equal(1, json.RootElement.GetProperty("protocol").GetInt32());
    }
}
