using System.Text;

namespace Hedgerow.Server.Tests.Memcached;

/// <summary>
/// Commands with anything for arguments: numbers at their ends, keys of any bytes and of the longest, flags in any
/// order
/// with any arguments, too few words and too many. What docs/MEMCACHED.md lists as a difference is not drawn.
/// </summary>
internal sealed class EdgeScript(Random random)
{
    private static readonly string[] Keys =
        ["k", "k1", "k2", "7", "\u00ff\u00fe", "#@$", new string('l', 250), "Zm9v", "mg", "q"];

    private static readonly string[] Values =
    [
        "", "0", "7", "007", "-5", "1a", "18446744073709551615", "18446744073709551616",
        "99999999999999999999",
        "184467440737095516150", "9", "10", "100", "ab", new string('v', 3_000),
    ];

    private static readonly string[] Deltas =
    [
        "0", "1", "9", "90", "18446744073709551615", "18446744073709551616", "9223372036854775808", "-1", "01", "1.5",
        "+1", "x",
        "1x", "99999999999999999999",
    ];

    private static readonly string[] Times = ["0", "1000", "-1", "2592000", "4000000000", "x"];

    private static readonly string[] GetFlags =
    [
        "v", "s", "t", "f", "c", "k", "q", "O1", "Oabcdefghijklmnopqrstuvwxyz01234", "T100", "T0", "N60", "N0",
        "R30", "R-1",
        "Tx", "Nx", "T", "O", "!", 
    ];

    private static readonly string[] SetFlags =
    [
        "c", "k", "q", "O1", "T100", "T0", "F17", "F4294967295", "F0", "I", "ME", "MA", "MP", "MR", "MS", "Me", "Ma",
        "Mset",
    ];

    private static readonly string[] DeleteFlags =
        ["k", "q", "O1", "I", "T90", "T0", "C1", "C0", "Cx", "C", "!", "v", "t", "Tx"];

    private static readonly string[] CountFlags =
    [
        "v", "t", "c", "k", "O1", "N0", "N90", "J7", "J18446744073709551615", "D3", "D0", "D18446744073709551615",
        "MD", "MI",
        "M+", "M-", "Mi", "Md", "MX", "M", "D", "Dx", "D-1", "J", "Jx", "Nx", "T100", "Tx", "C1", "!", "s", "f", "D1x",
        "MDI",
    ];

    public string Next() => random.Next(18) switch
    {
        0 => $"{One("get", "gets")} {Several(Key, 1, 30)}\r\n",
        1 => $"{One("gat", "gats")} {One(Times)} {Several(() => One(Keys), 1, 4)}\r\n",
        < 5 => Store(One("set", "set", "add", "replace", "append", "prepend")),
        5 => $"{One("incr", "decr")} {Key()} {One(Deltas)}{Quiet()}\r\n",
        6 => $"touch {Key()} {One(Times)}{Quiet()}\r\n",
        7 => $"delete {Key()}{One("", "", " 0", " 1", " noreply", " 0 noreply", " x", " noreply 0", " 0 0")}\r\n",
        8 or 9 => $"mg {Key()}{Flags(GetFlags, 6)}\r\n",
        10 => MetaStore(),
        11 => $"md {Key()}{Flags(DeleteFlags, 4)}\r\n",
        12 or 13 => $"ma {Key()}{Flags(CountFlags, 5)}\r\n",
        14 => $"{One("mg", "md", "ma")} {Encoded()} b{Flags(["k", "q", "O1"], 2)}\r\n",
        15 => Ragged(),
        _ => $"mg {Key()} {One("v", "s v", "k f v", "t", "s t f")}\r\n",
    };

    private string Key() => random.Next(40) == 0 ? new string('m', random.Next(2) == 0 ? 251 : 300) : One(Keys);

    private string Encoded() => One("Zm9v", "Zg==", "//8=", "bA==");

    private string Quiet() => One("", "", "", "", " noreply", " noreply", " x");

    private string Store(string verb)
    {
        var value = One(Values);
        var key = One(Keys);
        var time = One("0", "1000", "-1", "2592000", "4000000000");
        var flags = One("0", "1", "65535", "4294967295");
        return $"{verb} {key} {flags} {time} {value.Length}{One("", "", "", " noreply")}\r\n{value}\r\n";
    }

    private string MetaStore()
    {
        var value = One(Values);
        return $"ms {One(Keys)} {value.Length}{Flags(SetFlags, 5)}\r\n{value}\r\n";
    }

    private string Ragged() => One(
        "\r\n", " \r\n", "get\r\n", "gets \r\n", "gat\r\n", "gat 5\r\n", "incr k\r\n", "incr k 1 2\r\n", "decr\r\n",
        "touch k\r\n",
        "touch\r\n", "delete\r\n", "mg\r\n", "mg \r\n", "md\r\n", "ma\r\n", "me\r\n", 
        "GET k\r\n", "get  k   k1 \r\n",
        " get k\r\n", "verbosity\r\n", "flush_all x\r\n", "flush_all -1\r\n", "flush_all noreply\r\n",
        "flush_all 0 noreply\r\n",
        "flush_all\r\n", "set k 0 0\r\n", "set\r\n", "ms\r\n", "ms k\r\n", "ms k x\r\n", "cas k 0 0 1\r\n",
        "me nothing\r\n",
        "xx k 1\r\n", "getx\r\n", "ge\r\n", "mgg k\r\n", "get k\n", "mg k v\n");

    private string Flags(string[] known, int most)
    {
        var text = new StringBuilder();
        var used = new HashSet<char>();
        for (var i = random.Next(most + 1); i > 0; i--)
        {
            var flag = One(known);
            var sort = flag[0] == 'N' ? 'T' : flag[0];
            if (!used.Add(sort) && (sort == 'T' || random.Next(12) != 0)) continue;

            // A time to live that is asked for before it is set is a difference.
            if (flag[0] is 'T' or 'N') text.Insert(0, " " + flag);
            else text.Append(' ').Append(flag);
        }

        return text.ToString();
    }

    private string Several(Func<string> one, int least, int most) =>
        string.Join(' ', Enumerable.Range(0, random.Next(least, most + 1)).Select(_ => one()));

    private string One(params string[] choices) => choices[random.Next(choices.Length)];
}
