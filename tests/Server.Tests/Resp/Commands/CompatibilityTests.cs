using System.Text;
using System.Text.Json;
using Hedgerow.Server.FrontEnds.Resp;

namespace Hedgerow.Server.Tests.Resp.Commands;

/// <summary>
/// The compatibility list of tair-opensource/resp-compatibility (../shared/data/resp-cts), each case over a socket.
/// Cases whose commands all have a row must pass, but for the differences that docs/RESP.md names with their reasons.
/// </summary>
public sealed class CompatibilityTests
{
    /// <summary>Cases that end otherwise here: name and tags, and what is answered. Each is in docs/RESP.md.</summary>
    private static readonly Dictionary<string, string> Differences = new(StringComparer.Ordinal);

    [Fact]
    public async Task Every_case_passes_before_a_bare_leaf() => await RunAsync(RespNode.BareLeaf, "cluster");

    [Fact]
    public async Task Every_case_passes_before_a_cluster() => await RunAsync(RespNode.Cluster, "standalone");

    [Fact]
    public async Task Every_case_passes_before_a_router() => await RunAsync(RespNode.Router, "standalone");

    [Fact]
    public void Nothing_that_is_promised_is_left_out()
    {
        var cases = Load().Where(IsServed).ToList();
        Assert.True(cases.Count >= 110, $"{cases.Count} cases are run.");
        Assert.All(cases, each => Assert.DoesNotContain("skipped", each.Name, StringComparison.Ordinal));
    }

    private static async Task RunAsync(string kind, string otherTag)
    {
        await using var node = await RespNode.StartAsync(kind);
        var problems = new StringBuilder();
        foreach (var each in Load().Where(IsServed).Where(each => each.Tags != otherTag))
        {
            var answers = Run(node, each);
            var pinned = Differences.GetValueOrDefault(each.Name);
            if (answers == (pinned ?? each.Expected)) continue;
            problems.AppendLine($"{each.Name} [{string.Join("; ", each.Commands)}]:");
            problems.AppendLine($"    wanted {pinned ?? each.Expected}").AppendLine($"    got    {answers}");
        }

        Assert.True(problems.Length == 0, problems.ToString());
    }

    private static string Run(RespNode node, Case each)
    {
        using var client = node.Connect();
        Assert.Equal("OK", client.Ask("flushall"));
        var answers = new List<string>();
        foreach (var command in each.Commands)
        {
            var answer = client.Ask(command.Split(' '));
            if (each.Sorts && answer is object?[] items) answer = Sorted(items);
            answers.Add(RespTestClient.Show(answer));
        }

        return string.Join(" | ", answers);
    }

    private static bool IsServed(Case each) =>
        each.Commands.All(command => RespTable.Find(Encoding.ASCII.GetBytes(command.Split(' ')[0])) != null
            && IsServedPart(command));

    private static bool IsServedPart(string command)
    {
        var words = command.Split(' ');
        var row = RespTable.Find(Encoding.ASCII.GetBytes(words[0]))!;
        return row.Subcommands.Count == 0 || words.Length == 1
            || RespTable.FindSubcommand(row, Encoding.ASCII.GetBytes(words[1])) != null;
    }

    private static object?[] Sorted(object?[] items) =>
        [.. items.Select(item => item is object?[] inner ? Sorted(inner) : item)
            .OrderBy(RespTestClient.Show, StringComparer.Ordinal)];

    private static IEnumerable<Case> Load()
    {
        var path = Path.Combine(Checkout.Root, "..", "shared", "data", "resp-cts", "cts.json");
        if (!File.Exists(path)) Assert.Skip("needs ../shared/data/resp-cts");
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        foreach (var each in json.RootElement.EnumerateArray())
        {
            if (each.TryGetProperty("command_binary", out _)) continue;
            var sorts = each.TryGetProperty("sort_result", out var sort) && sort.GetBoolean();
            var commands = each.GetProperty("command").EnumerateArray().Select(item => item.GetString()!).ToArray();

            // One case has more results than commands.
            var expected = each.GetProperty("result").EnumerateArray().Take(commands.Length).Select(Read)
                .Select(answer => sorts && answer is object?[] items ? Sorted(items) : answer);
            yield return new Case(
                each.GetProperty("name").GetString()!,
                each.TryGetProperty("tags", out var tags) ? tags.GetString() : null,
                commands,
                string.Join(" | ", expected.Select(RespTestClient.Show)),
                sorts);
        }
    }

    private static object? Read(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Number => element.TryGetInt64(out var number) ? number : element.GetRawText(),
        JsonValueKind.Array => element.EnumerateArray().Select(Read).ToArray(),
        _ => element.GetString(),
    };

    private sealed record Case(string Name, string? Tags, string[] Commands, string Expected, bool Sorts);
}
