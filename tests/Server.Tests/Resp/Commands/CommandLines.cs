namespace Hedgerow.Server.Tests.Resp.Commands;

/// <summary>
/// Random commands over few keys, fields and values, so that they meet: mostly sensible, some wrong. All keys share a
/// hash tag, so that any two are of one shard. The same seed gives the same lines.
/// </summary>
internal sealed class CommandLines(int seed)
{
    private static readonly string[] Integers =
        ["0", "1", "-1", "7", "-12", "99", "9223372036854775807", "-9223372036854775808", "1.5", "x", ""];

    private static readonly string[] Floats =
        ["0", "0.1", "-0.25", "3.0e3", "1e-7", "123456789.123456789", "1e400", "-1e19", "nan", "inf", "abc", "1 "];

    private static readonly string[] Values =
    [
        "", "a", "hello world", "10", "-3", "010", "+5", "-0", "-", "3.75", "0.1", "9223372036854775807", "5e2",
        new string('x', 300), "\0\r\n\u00ff",
    ];

    private readonly Random _random = new(seed);

    /// <summary>Now and then how many commands to run as one transaction, else 0.</summary>
    public int NextTransaction() => _random.Next(20) == 0 ? _random.Next(1, 9) : 0;

    /// <summary>The next command.</summary>
    public string[] Next() => _random.Next(10) switch
    {
        < 4 => String(),
        < 6 => Keyspace(),
        < 9 => Hash(),
        _ => Wrong(),
    };

    private string[] String() => _random.Next(20) switch
    {
        0 or 1 => ["get", Key()],
        2 => ["set", Key(), Value()],
        3 => [.. Words("set", Key(), Value()), .. SetOptions()],
        4 => ["setnx", Key(), Value()],
        5 => ["getset", Key(), Value()],
        6 => ["getdel", Key()],
        7 => ["append", Key(), Value()],
        8 => ["strlen", Key()],
        9 => ["getrange", Key(), Offset(), Offset()],
        10 => ["setrange", Key(), Offset(), Value()],
        11 => ["incr", Key()],
        12 => ["decr", Key()],
        13 => ["incrby", Key(), Integer()],
        14 => ["decrby", Key(), Integer()],
        15 or 16 => ["incrbyfloat", Key(), Pick(Floats)],
        17 => ["mget", Key(), Key(), Key()],
        18 => ["mset", Key(), Value(), Key(), Value()],
        _ => ["msetnx", Key(), Value(), Key(), Value()],
    };

    private string[] Keyspace() => _random.Next(14) switch
    {
        0 => ["del", Key(), Key()],
        1 => ["unlink", Key()],
        2 => ["exists", Key(), Key(), Key()],
        3 => ["type", Key()],
        4 => ["rename", Key(), Key()],
        5 => ["renamenx", Key(), Key()],
        6 => ["copy", Key(), Key()],
        7 => ["copy", Key(), Key(), "replace"],
        8 => ["persist", Key()],
        9 => [_random.Next(2) == 0 ? "expiretime" : "pexpiretime", Key()],
        10 => ["touch", Key(), Key()],
        11 => ["ttl", Key() + "none"],
        _ => Expire(),
    };

    private string[] Expire()
    {
        string[] rule = _random.Next(3) == 0 ? [Pick("nx", "xx", "gt", "lt", "GT")] : [];
        if (_random.Next(4) == 0) return [.. Words("pexpireat", Key(), "4000000001234"), .. rule];
        var second = (_random.Next(4) == 0 ? 1_000 : 4_000_000_000 + _random.Next(5)).ToString();
        return [.. Words("expireat", Key(), second), .. rule];
    }

    private string[] Hash() => _random.Next(17) switch
    {
        0 or 1 or 2 => ["hset", Key(), Field(), Value(), Field(), Value()],
        3 => ["hsetnx", Key(), Field(), Value()],
        4 => ["hmset", Key(), Field(), Value()],
        5 => ["hget", Key(), Field()],
        6 => ["hmget", Key(), Field(), Field(), Field()],
        7 => ["hgetall", Key()],
        8 => ["hdel", Key(), Field(), Field()],
        9 => ["hexists", Key(), Field()],
        10 => ["hlen", Key()],
        11 => ["hkeys", Key()],
        12 => ["hvals", Key()],
        13 => ["hincrby", Key(), Field(), Integer()],
        14 => ["hincrbyfloat", Key(), Field(), Pick(Floats)],
        15 => ["hstrlen", Key(), Field()],
        _ => ["hrandfield", Key(), "1000"],
    };

    private string[] Wrong() => _random.Next(14) switch
    {
        0 => ["set", Key(), Value(), "nx", "xx"],
        1 => ["set", Key(), Value(), "ex", "0"],
        2 => ["set", Key(), Value(), "ex"],
        3 => ["setex", Key(), "-5", Value()],
        4 => ["psetex", Key(), "9223372036854775807", Value()],
        5 => ["expire", Key(), "x"],
        6 => ["expire", Key(), "5", "nx", "gt"],
        7 => ["expire", Key(), "9223372036854775807"],
        8 => ["hset", Key(), Field()],
        9 => ["mset", Key(), Value(), Key()],
        10 => ["copy", Key(), Key(), "sideways"],
        11 => ["scan", "x"],
        12 => ["hrandfield", Key(), "1", "withvalue"],
        _ => ["getex", Key(), "persist", "ex", "5"],
    };

    private string[] SetOptions() => _random.Next(9) switch
    {
        0 => ["nx"],
        1 => ["XX"],
        2 => ["get"],
        3 => ["keepttl"],
        4 => ["nx", "get"],
        5 => ["xx", "get", "keepttl"],
        6 => ["exat", "4000000001"],
        7 => ["get", "exat", "4000000002"],
        _ => ["exat", "4000000003", "xx"],
    };

    private static string[] Words(params string[] words) => words;

    private string Key() => "{k}" + _random.Next(5);

    private string Field() => "f" + _random.Next(_random.Next(3) == 0 ? 40 : 5);

    private string Value() => Pick(Values);

    private string Integer() => Pick(Integers);

    private string Offset() => (_random.Next(8) - 3).ToString();

    private string Pick(params string[] choices) => choices[_random.Next(choices.Length)];
}
