namespace Hedgerow.Server.Tests.Resp.Commands;

/// <summary>
/// Random commands with anything for arguments: numbers at their ends, options in any order and too often, keys and
/// values of any bytes, too few arguments and too many. What docs/RESP.md lists as a difference is not drawn. All keys
/// share a hash tag. The same seed gives the same lines.
/// </summary>
internal sealed class EdgeLines(int seed)
{
    private static readonly string[] Keys =
        ["{k}", "{k}1", "{k}2", "{k}\0\r\n", "{k}\u00ff\u00fe", "{k}*", "{k}[a]", "{k}" + new string('l', 300)];

    private static readonly string[] Values =
    [
        "", "a", "0", "-1", "10", "3.25", " 1", "1 ", "+5", "-0", "007", "1e3", "0.1", "9223372036854775807",
        "-9223372036854775808", "9223372036854775808", "inf", "nan", "\0\u00ff", new string('v', 44),
        new string('v', 45), new string('w', 70_000), "99999999999999999999999", "1.7976931348623157e308",
    ];

    private static readonly string[] Numbers =
    [
        "0", "1", "-1", "2", "5", "100", "-100", "4294967296", "9223372036854775807", "-9223372036854775808",
        "9223372036854775806", "9223372036854775808", "-9223372036854775809", "x", "", "1.5", " 1", "1 ", "+1", "01",
        "-0", "1e2", "\0",
    ];

    private static readonly string[] Floats =
    [
        "0", "0.1", "-0.25", "1e3", "1e-20", "123456789.123456789", "1e308", "-1e308", "1e4000", "1e5000", "nan", "inf",
        "-inf", "infinity", "x", "", " 1", "1 ", "+1", ".5", "5.", "1e", "--1", "3.0", "100000000000000000",
        "0.000000000000000001",
    ];

    /// <summary>None so near that it may come between two answers, none behind the last that is kept.</summary>
    private static readonly string[] Times =
    [
        "0", "-1", "2000000", "-100000", "4000000000", "5000000000", "-9223372036854775808", "9223372036854775808",
        "x", "", "1.5", " 1", "+2000000",
    ];

    private static readonly string[] Patterns =
    [
        "*", "{k}*", "{k}?", "{k}[12]", "{k}[^1]", "{k}[0-9]", "{k}[2-1]", "{k}\\*", "{k}[", "{k}[\\1]", "", "?",
        "**1", "[{]k}*", "{k}[1", "{k}\\", "*\\", "{k}[^", "*?*",
    ];

    /// <summary>Not those that want keys of one shard, or a cursor.</summary>
    private static readonly string[] Known =
    [
        "append", "decr", "decrby", "del", "echo", "exists", "expire", "expireat", "expiretime", "get",
        "getdel", "getex", "getrange", "getset", "hdel", "hexists", "hget", "hgetall", "hincrby",
        "hincrbyfloat", "hkeys", "hlen", "hmget", "hmset", "hset", "hsetnx", "hstrlen", "hvals",
        "incr", "incrby", "incrbyfloat", "mget", "persist", "pexpire", "pexpireat",
        "pexpiretime", "psetex", "pttl", "set", "setex", "setnx", "setrange", "strlen",
        "substr", "touch", "ttl", "type", "unlink", "keys", "select", "object",
    ];

    private readonly Random _random = new(seed);

    public string[] Next() => Cased(_random.Next(24) switch
    {
        < 4 => Set(),
        < 6 => Expire(),
        6 => [.. Words("getex", Key()), .. TimeOptions(2, "persist")],
        7 => [Pick("getrange", "substr"), Key(), Number(), Number()],
        8 => ["setrange", Key(), Pick("0", "1", "5", "-1", "x", "536870912", "9223372036854775807", "300"), Value()],
        9 => [Pick("incrby", "decrby"), Key(), Number()],
        10 => ["incrbyfloat", Key(), Pick(Floats)],
        11 => [Pick("hincrby", "HIncrBy"), Key(), Field(), Number()],
        12 => ["hincrbyfloat", Key(), Field(), Pick(Floats)],
        13 => [.. Words("hset", Key()), .. Pairs()],
        14 => [.. Words(Pick("hget", "hstrlen", "hexists", "hdel", "hmget"), Key()), .. Some(Field, 1, 3)],
        15 => [Pick("ttl", "pttl", "expiretime", "pexpiretime", "type", "persist", "strlen", "get", "getdel"), Key()],
        16 => Scan(),
        17 => [.. Words(Pick("copy", "copy", "rename", "renamenx"), Key(), Key()), .. Some(() => Pick("replace",
        "REPLACE", "db", "0", "x"), 0, 3)],
        18 => [.. Words(Pick("del", "exists", "touch", "mget", "unlink")), .. Some(Key, 1, 4)],
        19 => [Pick("setex", "psetex"), Key(), Pick(Times), Value()],
        20 => [.. Words(Pick("mset", "msetnx")), .. Rows()],
        21 => Connection(),
        22 => Ragged(),
        _ => [Pick("append", "getset", "setnx"), Key(), Value()],
    });

    private string[] Set() =>
        [.. Words("set", Key(), Value()), .. TimeOptions(3, "nx", "xx", "get", "keepttl", "GET", "Nx")];

    private List<string> TimeOptions(int most, params string[] others)
    {
        var options = new List<string>();
        for (var i = _random.Next(most + 1); i > 0; i--)
        {
            var isTime = _random.Next(2) == 0;
            options.Add(isTime ? Pick("ex", "px", "exat", "pxat", "EX", "PxAt") : Pick(others));
            if (isTime && _random.Next(12) > 0) options.Add(Pick(Times));
        }

        return options;
    }

    private string[] Expire() =>
    [
        Pick("expire", "pexpire", "expireat", "pexpireat"), Key(), Pick(Times),
        .. Some(() => Pick("nx", "xx", "gt", "lt", "NX", "y"), 0, 3),
    ];

    private string[] Scan()
    {
        if (_random.Next(4) == 0) return ["keys", Pick(Patterns)];
        string[] start = _random.Next(2) == 0 ? ["scan"] : ["hscan", Key()];
        var options = new List<string>();
        for (var i = _random.Next(3); i > 0; i--)
        {
            options.AddRange(_random.Next(5) switch
            {
                0 => ["match", Pick(Patterns)],
                1 => ["MATCH"],
                2 => ["count", Pick("1000", "0", "-1", "x", "10000")],
                3 => ["type", Pick("string", "hash", "HASH", "nothing")],
                _ => ["novalue"],
            });
        }

        // All in one page, or pages cannot be compared; of all keys there are pages for each shard.
        var isWrong = start.Length == 1 || _random.Next(2) == 0;
        return
        [
            .. start, isWrong ? Pick("x", "-", "0x", "1.5") : "0", .. options,
            .. Words("count", "5000"),
        ];
    }

    private string[] Connection() => _random.Next(17) switch
    {
        0 => ["echo", Value()],
        1 => ["select", Pick("0", "x", "-1", "99999", "")],
        2 => ["client", "setname", Pick("a", "", "with space", "new\nline", "ok-name")],
        3 => ["client", "getname"],
        4 => ["client", Pick("setname", "getname", "id", "nothing", "kill", "no-evict", "reply", "list"), "x", "y"],
        5 => ["command", "getkeys", .. Some(() => Pick("get", "set", "mset", "a", "b", "copy"), 1, 4)],
        6 => ["object", Pick("encoding", "refcount", "nothing"), Key() + "none"],
        7 => ["hello", Pick("1", "4", "x", "-3", "2.5")],
        8 => ["hello", "2", Pick("setname", "auth", "nothing"), Pick("a", "a b")],
        9 => ["auth", "x"],
        10 => ["config", "get", "no-such-parameter"],
        11 => ["config", Pick("set", "nothing"), "no-such-parameter", "1"],
        12 => ["ping", Value(), Value()],
        13 => [Pick("exec", "discard", "watch", "unwatch"), .. Some(Key, 0, 1)],
        14 => ["hrandfield", Key() + "none", Number(), .. Some(() => Pick("withvalues", "x"), 0, 2)],
        15 => ["pubsub", Pick("numsub", "numpat", "channels", "nothing", "shardnumsub"), .. Some(() => Pick("a",
        "\u00ff"), 0, 2)],
        _ => ["publish", Pick("a", ""), Value()],
    };

    /// <summary>Too few and too many arguments, of commands that are there and of some that are not.</summary>
    private string[] Ragged() =>
    [
        _random.Next(6) == 0 ? Pick("nosuch", "get\r\nx", new string('c', 200), "", "zadd2", "'x'") : Pick(Known),
        .. Some(() => _random.Next(2) == 0 ? Key() : Pick(Full(), Number() + "0", "\r\n'\"", new string('a', 150)), 0,
        4),
    ];

    /// <summary>Keys and values, the last perhaps without its value.</summary>
    private string[] Rows() => [.. Enumerable.Range(0, _random.Next(1, 6)).Select(i => i % 2 == 0 ? Key() : Value())];

    private string[] Pairs() => Some(Field, 1, 6);

    private string[] Cased(string[] words)
    {
        if (_random.Next(9) == 0) words[0] = words[0].ToUpperInvariant();
        return words;
    }

    private string[] Some(Func<string> one, int least, int most) =>
        [.. Enumerable.Range(0, _random.Next(least, most + 1)).Select(_ => one())];

    private static string[] Words(params string[] words) => words;

    private string Key() => Pick(Keys);

    /// <summary>No longer than names of fields may be.</summary>
    private string Field() => _random.Next(9) == 0
        ? Pick([.. Values.Where(value => value.Length < 65_536)])
        : "f" + _random.Next(3);

    private string Value() => Pick(Values);

    /// <summary>No empty one: as a key it is a difference.</summary>
    private string Full() => Pick([.. Values.Where(value => value.Length is > 0 and < 8_192)]);

    private string Number() => Pick(Numbers);

    private string Pick(params string[] choices) => choices[_random.Next(choices.Length)];
}
