using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Hedgerow.Server.Tests.Memcached;

/// <summary>
/// The same commands to a real memcached and to us: the same bytes come back, but for the cas numbers. What is listed
/// as a difference in docs/MEMCACHED.md is not sent.
/// </summary>
public sealed partial class DifferentialTests
{
    private const int Commands = 2_000;

    [Theory]
    [InlineData(1, Behind.Leaf)]
    [InlineData(2, Behind.Leaf)]
    [InlineData(3, Behind.Cluster)]
    [InlineData(4, Behind.Frames)]
    public async Task A_random_script_is_answered_with_memcacheds_own_bytes(int seed, Behind behind)
    {
        using var real = await RealMemcached.StartAsync();
        await using var server = await MemcachedUnderTest.StartAsync(behind, time: TimeProvider.System);
        var ours = server.Connect();
        var script = new Script(new Random(seed));
        for (var i = 0; i < Commands; i++)
        {
            var (theirText, ourText) = script.Next();
            var expected = Shape(await real.SayAsync(theirText), script.Theirs);
            var actual = Shape(await ours.SayAsync(ourText), script.Ours);
            Assert.True(
                expected == actual,
                $"seed {seed}, command {i}: {theirText.ReplaceLineEndings("|")}\n memcached: {expected}\n"
                + $" ours: {actual}");
        }
    }

    /// <remarks>HEDGEROW_ROUNDS says how many times as many commands go, HEDGEROW_SEED which seed comes
    /// first.</remarks>
    [Theory]
    [InlineData(11, Behind.Leaf)]
    [InlineData(12, Behind.Cluster)]
    [InlineData(13, Behind.Frames)]
    public async Task Whatever_is_asked_the_answer_has_memcacheds_own_bytes(int seed, Behind behind)
    {
        using var real = await RealMemcached.StartAsync();
        await using var server = await MemcachedUnderTest.StartAsync(behind, time: TimeProvider.System);
        var ours = server.Connect();
        seed += Rounds.Seed;
        var script = new EdgeScript(new Random(seed));
        var history = new List<string>();
        for (var i = 0; i < Commands * Rounds.Count; i++)
        {
            var text = script.Next();
            history.Add(text.ReplaceLineEndings("|"));
            var expected = Shape(await real.SayAsync(text), []);
            var actual = Shape(await ours.SayAsync(text), []);
            Assert.True(
                expected == actual,
                $"seed {seed}, command {i}\n memcached: {expected}\n ours: {actual}\n after\n"
                + string.Join('\n', history.Where(line => IsOf(line, text)).TakeLast(15)));
        }
    }

    /// <summary>Whether a command that came before is about the same key.</summary>
    private static bool IsOf(string line, string text) =>
        text.Split(' ', '\r') is not [_, { } key, ..] || line.Contains(key, StringComparison.Ordinal);

    // A cas number stands behind a c, or last in a VALUE line of gets.
    private static string Shape(string answer, List<string> seen)
    {
        var shaped = CasFlag().Replace(answer, match => " c" + Note(match.Groups[1].Value));
        shaped = CasOfValue().Replace(
            shaped, match => match.Groups[1].Value + " " + Note(match.Groups[2].Value) + "\r\n");
        return SecondsLeft().Replace(shaped, match => " t" + RoundUp(match.Groups[1].Value)).ReplaceLineEndings("|");

        string Note(string cas)
        {
            if (cas != "0") seen.Add(cas);
            return cas == "0" ? "0" : "CAS";
        }
    }

    // Times to live are given in tens of seconds; a second that ticks meanwhile is no difference.
    private static int RoundUp(string seconds) => (int.Parse(seconds, CultureInfo.InvariantCulture) + 9) / 10 * 10;

    [GeneratedRegex(@" t([0-9]+)(?=[ \r])")]
    private static partial Regex SecondsLeft();

    [GeneratedRegex(@" c([0-9]+)(?=[ \r])")]
    private static partial Regex CasFlag();

    [GeneratedRegex(@"(VALUE \S+ [0-9]+ [0-9]+) ([0-9]+)\r\n")]
    private static partial Regex CasOfValue();

    /// <summary>Makes commands; one that names a cas number comes behind a gets of its key.</summary>
    private sealed class Script(Random random)
    {
        private static readonly string[] MetaGetFlags = ["v", "s", "t", "f", "c", "k", "q", "Oab", "T100", "T0", "N60"];
        private static readonly string[] MetaSetFlags =
            ["c", "k", "q", "Oab", "T100", "F17", "I", "ME", "MA", "MP", "MR", "MS"];

        private static readonly string[] MetaDeleteFlags = ["k", "q", "Oab", "I", "T90"];
        private static readonly string[] MetaCountFlags =
            ["v", "t", "c", "k", "Oab", "N0", "J7", "D3", "MD", "MI", "M+", "M-", "T100"];

        public List<string> Theirs { get; } = [];

        public List<string> Ours { get; } = [];

        private string? _compared;

        public (string Theirs, string Ours) Next()
        {
            var key = _compared ?? Key();
            var text = _compared != null ? Compare(key) : random.Next(22) switch
            {
                0 or 1 => $"get {Key()} {Key()}\r\n",
                2 => $"gets {key}\r\n",
                3 => $"gat {Time()} {Key()}\r\n",
                4 => Store("set"),
                5 => Store("add"),
                6 => Store("replace"),
                7 => Store("append"),
                8 => Store("prepend"),
                9 => $"cas {Key()} {random.Next(9)} 0 1 1\r\nc\r\n",
                10 => $"incr {Key()} {Number()}{Quiet()}\r\n",
                11 => $"decr {Key()} {Number()}{Quiet()}\r\n",
                12 => $"touch {Key()} {Time()}{Quiet()}\r\n",
                13 => $"delete {Key()}{Quiet()}\r\n",
                14 or 15 => $"mg {Key()}{Flags(MetaGetFlags, 5)}\r\n",
                16 or 17 => MetaStore(),
                18 => $"md {Key()}{Flags(MetaDeleteFlags, 3)}\r\n",
                19 => $"ma {Key()}{Flags(MetaCountFlags, 4)}\r\n",
                20 => Malformed(),
                _ => Store("set"),
            };
            var wasCompared = (text.Replace("$cas", Latest(Theirs)), text.Replace("$cas", Latest(Ours)));
            _compared = text.StartsWith("gets ", StringComparison.Ordinal) ? key : null;
            Theirs.Clear();
            Ours.Clear();
            return wasCompared;
        }

        private string Compare(string key) => random.Next(6) switch
        {
            0 => $"cas {key} 3 0 1 $cas\r\nc\r\n",
            1 => $"ms {key} 1 C$cas c\r\nc\r\n",
            2 => $"ms {key} 1 MA C$cas\r\nc\r\n",
            3 => $"md {key} C$cas I\r\n",
            4 => $"ma {key} C$cas v\r\n",
            _ => $"md {key} C$cas\r\n",
        };

        private static string Latest(List<string> seen) => seen.Count == 0 ? "1" : seen[^1];

        private string Key() => "key" + random.Next(8).ToString(CultureInfo.InvariantCulture);

        private string Time() => random.Next(5) switch { 0 => "-1", 1 => "1000", _ => "0" };

        private string Number() => random.Next(6) switch
        {
            0 => "18446744073709551615",
            1 => "x",
            2 => "-1",
            _ => random.Next(200).ToString(CultureInfo.InvariantCulture),
        };

        private string Quiet() => random.Next(6) == 0 ? " noreply" : "";

        private string Value() => random.Next(3) == 0
            ? random.Next(1_000).ToString(CultureInfo.InvariantCulture)
            : new string((char)('a' + random.Next(26)), random.Next(30));

        private string Store(string verb)
        {
            var value = Value();
            return $"{verb} {Key()} {random.Next(70_000)} {Time()} {value.Length}{Quiet()}\r\n{value}\r\n";
        }

        private string MetaStore()
        {
            var value = Value();
            var flags = Flags(MetaSetFlags, 4);
            if (random.Next(4) == 0) flags += " C1";
            return $"ms {Key()} {value.Length}{flags}\r\n{value}\r\n";
        }

        private string Flags(string[] known, int most)
        {
            var text = new StringBuilder();
            var used = new HashSet<char>();
            for (var i = random.Next(most + 1); i > 0; i--)
            {
                var flag = known[random.Next(known.Length)];
                var sort = flag[0] == 'N' ? 'T' : flag[0];
                if (!used.Add(sort) && (sort == 'T' || random.Next(30) != 0)) continue;

                // A time to live that is asked for before it is set is a difference.
                if (flag[0] is 'T' or 'N') text.Insert(0, " " + flag);
                else text.Append(' ').Append(flag);
            }

            return text.ToString();
        }

        private string Malformed() => random.Next(16) switch
        {
            0 => "\r\n",
            1 => "get\r\n",
            2 => "gat 1\r\n",
            3 => $"get {new string('k', 251)}\r\n",
            4 => "set key0 0 0\r\n",
            5 => "set key0 0 0 3\r\nabcdef\r\n",
            6 => "incr key0\r\n",
            7 => "touch key0 x\r\n",
            8 => "delete key0 7\r\n",
            9 => "mg\r\n",
            10 => "mg key0 !\r\n",
            11 => "ms key0\r\n",
            12 => "ms key0 x\r\n",
            13 => "verbosity\r\n",
            14 => "md key0 !\r\n",
            _ => "nonsense\r\n",
        };
    }
}
