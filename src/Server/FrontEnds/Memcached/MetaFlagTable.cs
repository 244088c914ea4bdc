namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>What follows a meta flag's letter.</summary>
internal enum MetaArgument
{
    None,
    Int32,
    UInt32,
    UInt64,
    Letter,
    Opaque,
    Anything,
}

/// <summary>
/// Every meta flag, one row each, read by the parser and by docs/MEMCACHED.md. As in memcached, a flag that a command
/// has no use for is allowed and does nothing.
/// </summary>
internal static class MetaFlagTable
{
    /// <summary>The rows, in the order of the alphabet.</summary>
    public static IReadOnlyList<Row> Rows { get; } =
    [
        new('b', MetaArgument.None, "mg ms md ma me", "The key is base64; it is echoed so."),
        new('c', MetaArgument.None, "mg ms ma", "Return the cas number."),
        new('C', MetaArgument.UInt64, "mg ms md ma",
            "Only if the entry has this cas number; mg: leave out the value if it has."),
        new('D', MetaArgument.UInt64, "ma", "The delta; 1 if not given."),
        new('E', MetaArgument.UInt64, "mg ms md ma", "The cas number that the write gives the entry; must grow."),
        new('f', MetaArgument.None, "mg", "Return the client flags."),
        new('F', MetaArgument.UInt32, "ms", "The client flags to store; 0 if not given."),
        new('h', MetaArgument.None, "mg", "Return whether it was hit before: 0 or 1."),
        new('I', MetaArgument.None, "ms md",
            "Invalidate. md: mark stale and keep; ms with C: store a lower cas number's value as stale."),
        new('J', MetaArgument.UInt64, "ma", "The number that N starts with; 0 if not given."),
        new('k', MetaArgument.None, "mg ms md ma", "Return the key."),
        new('l', MetaArgument.None, "mg", "Return the seconds since the last access."),
        new('L', MetaArgument.Anything, "mg ms md ma", "For proxies; not looked at."),
        new('M', MetaArgument.Letter, "ms ma",
            "Mode. ms: S set, E add, A append, P prepend, R replace; ma: I or + adds, D or - subtracts."),
        new('N', MetaArgument.Int32, "mg ms ma",
            "Where nothing is, create with this time to live: mg an empty entry and W; ms in modes A and P; "
            + "ma from J."),
        new('O', MetaArgument.Opaque, "mg ms md ma", "Return these bytes, 31 at most."),
        new('P', MetaArgument.Anything, "mg ms md ma", "For proxies; not looked at."),
        new('q', MetaArgument.None, "mg ms md ma", "No answer to the expected: mg EN; ms, md and ma HD."),
        new('R', MetaArgument.Int32, "mg", "Win the recache (W) if less than this many seconds are left."),
        new('s', MetaArgument.None, "mg ms", "Return the bytes of the value."),
        new('S', MetaArgument.Anything, "ms", "Not looked at: the length stands behind the key."),
        new('t', MetaArgument.None, "mg ma", "Return the seconds left; -1 for never."),
        new('T', MetaArgument.Int32, "mg ms md ma", "The time to live; md: with I or x."),
        new('u', MetaArgument.None, "mg", "Do not count as an access; see the differences."),
        new('v', MetaArgument.None, "mg ma", "Return the value."),
        new('x', MetaArgument.None, "md", "Empty the entry, and keep it."),
    ];

    private static readonly MetaArgument[] Arguments = MakeArguments();
    private static readonly bool[] Known = MakeKnown();

    /// <summary>Whether a letter is a flag, and what follows it.</summary>
    public static bool TryFind(byte letter, out MetaArgument argument)
    {
        argument = default;
        if (letter >= Known.Length || !Known[letter]) return false;
        argument = Arguments[letter];
        return true;
    }

    private static MetaArgument[] MakeArguments()
    {
        var arguments = new MetaArgument[128];
        foreach (var row in Rows) arguments[row.Letter] = row.Argument;
        return arguments;
    }

    private static bool[] MakeKnown()
    {
        var known = new bool[128];
        foreach (var row in Rows) known[row.Letter] = true;
        return known;
    }

    /// <param name="Letter">The flag.</param>
    /// <param name="Argument">What follows it.</param>
    /// <param name="Commands">The commands that it does something in.</param>
    /// <param name="Doc">What it does.</param>
    internal readonly record struct Row(char Letter, MetaArgument Argument, string Commands, string Doc);
}
