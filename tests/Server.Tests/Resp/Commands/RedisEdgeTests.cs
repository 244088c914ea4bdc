using System.Globalization;
using System.Text.RegularExpressions;

namespace Hedgerow.Server.Tests.Resp.Commands;

/// <summary>
/// Anything at all to Redis and to this server, in both versions of the protocol: the answers are the same bytes.
/// </summary>
/// <remarks>HEDGEROW_ROUNDS says how many times as many commands go, HEDGEROW_SEED which seed comes first.</remarks>
public sealed partial class RedisEdgeTests
{
    private const int CommandsPerRound = 1_500;

    [Theory]
    [InlineData(RespNode.BareLeaf, 1)]
    [InlineData(RespNode.BareLeaf, 2)]
    [InlineData(RespNode.Cluster, 3)]
    [InlineData(RespNode.Router, 4)]
    public async Task Whatever_is_asked_the_answer_has_Redis_own_bytes(string kind, int seed)
    {
        using var redis = RedisProcess.Start();
        await using var node = await RespNode.StartAsync(kind);
        for (var round = 0; round < Rounds.Count; round++)
        {
            var drawn = Rounds.Seed + seed + (round * 100);
            using var theirs = redis.Raw();
            using var ours = new RawAnswers(node.EndPoint);
            var version = round % 2 == 0 ? "2" : "3";
            foreach (var each in new[] { theirs, ours })
            {
                each.Ask("flushall");
                each.Ask("hello", version);
            }

            Compare(theirs, ours, new EdgeLines(drawn), drawn);
        }
    }

    private static void Compare(RawAnswers theirs, RawAnswers ours, EdgeLines lines, int seed)
    {
        var history = new List<string>();
        for (var i = 0; i < CommandsPerRound; i++)
        {
            var words = lines.Next();
            history.Add(string.Join(' ', words.Select(Shown)));
            List<string> expected, actual;
            try
            {
                expected = theirs.Ask(words);
                actual = ours.Ask(words);
            }
            catch (IOException problem)
            {
                throw new IOException($"seed {seed}, command {i}, {history[^1]}: {problem.Message}", problem);
            }

            Assert.True(IsSame(words[0].ToLowerInvariant(), expected, actual), $"seed {seed}, command {i}: Redis "
                + $"{Shown(string.Concat(expected))}, here {Shown(string.Concat(actual))}, after\n"
                + string.Join('\n', history.Where(line => IsOf(line, words)).TakeLast(15)));
        }
    }

    /// <summary>Whether a command that came before is about the same key.</summary>
    private static bool IsOf(string line, string[] words) =>
        words.Length < 2 || line.Contains(Shown(words[1]), StringComparison.Ordinal);

    private static bool IsSame(string command, List<string> expected, List<string> actual)
    {
        if (expected.SequenceEqual(actual)) return true;
        if (expected.Count != 1 || actual.Count != 1) return false;
        return command switch
        {
            // What a server is, and whose connection it is, differs.
            "hello" => expected[0][0] is '*' or '%' && actual[0][0] == expected[0][0],

            // A clock went on between the two.
            "ttl" or "expiretime" => IsNear(expected[0], actual[0], 30),
            "pttl" or "pexpiretime" => IsNear(expected[0], actual[0], 30_000),

            // No order is promised.
            "keys" or "scan" or "hkeys" or "hvals" or "hgetall" or "hscan" =>
                Sorted(expected[0]).SequenceEqual(Sorted(actual[0])),
            _ => false,
        };
    }

    /// <summary>Whether both are numbers that hardly differ; negative ones say something else.</summary>
    private static bool IsNear(string expected, string actual, long most) =>
        expected[0] == ':' && actual[0] == ':'
        && long.TryParse(expected.AsSpan(1), NumberStyles.Any, CultureInfo.InvariantCulture, out var one)
        && long.TryParse(actual.AsSpan(1), NumberStyles.Any, CultureInfo.InvariantCulture, out var other)
        && one >= 0 && other >= 0 && Math.Abs(one - other) <= most;

    private static IEnumerable<string> Sorted(string answer) => answer.Split("\r\n").Order(StringComparer.Ordinal);

    private static string Shown(string text) => Odd().Replace(
        text.Length > 300 ? text[..300] + $"… {text.Length}" : text, match => $"\\x{(int)match.Value[0]:x2}");

    [GeneratedRegex("[^ -~]")]
    private static partial Regex Odd();
}
