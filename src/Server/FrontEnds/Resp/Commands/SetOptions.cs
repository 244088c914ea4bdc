namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>The options of SET and GETEX behind their fixed arguments.</summary>
internal readonly struct SetOptions
{
    /// <summary>NX: only where nothing is stored.</summary>
    public bool IfAbsent { get; init; }

    /// <summary>XX: only where something is.</summary>
    public bool IfPresent { get; init; }

    /// <summary>GET: answer with the value there was.</summary>
    public bool ReturnsOld { get; init; }

    /// <summary>KEEPTTL of SET.</summary>
    public bool KeepsTtl { get; init; }

    /// <summary>PERSIST of GETEX.</summary>
    public bool Persists { get; init; }

    /// <summary>How the time to live is said; None where it is not.</summary>
    public ExpiryUnit Unit { get; init; }

    /// <summary>Argument with the time to live.</summary>
    public int AmountAt { get; init; }

    /// <summary>Whether it takes more than one operation on the store.</summary>
    public bool NeedsSteps => ReturnsOld || KeepsTtl;

    /// <summary>
    /// Reads the options from <paramref name="at"/> on. False for a word that is unknown or contradicts another: a
    /// syntax error. The same word twice is allowed, and the last counts, as in Redis.
    /// </summary>
    public static bool TryReadSet(in RespArgs args, int at, out SetOptions options)
    {
        options = default;
        for (; at < args.Count; at++)
        {
            var unit = ExpiryTime.ReadUnit(args[at]);
            if (unit != ExpiryUnit.None)
            {
                var clashes = options.KeepsTtl || (options.Unit != ExpiryUnit.None && options.Unit != unit);
                if (clashes || ++at == args.Count) return false;
                options = options with { Unit = unit, AmountAt = at };
            }
            else if (args.Is(at, "NX"u8) && !options.IfPresent)
            {
                options = options with { IfAbsent = true };
            }
            else if (args.Is(at, "XX"u8) && !options.IfAbsent)
            {
                options = options with { IfPresent = true };
            }
            else if (args.Is(at, "GET"u8))
            {
                options = options with { ReturnsOld = true };
            }
            else if (args.Is(at, "KEEPTTL"u8) && options.Unit == ExpiryUnit.None)
            {
                options = options with { KeepsTtl = true };
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads GETEX's options: one expiry, or PERSIST.</summary>
    public static bool TryReadGetEx(in RespArgs args, int at, out SetOptions options)
    {
        options = default;
        for (; at < args.Count; at++)
        {
            var unit = ExpiryTime.ReadUnit(args[at]);
            if (unit != ExpiryUnit.None)
            {
                var clashes = options.Persists || (options.Unit != ExpiryUnit.None && options.Unit != unit);
                if (clashes || ++at == args.Count) return false;
                options = options with { Unit = unit, AmountAt = at };
            }
            else if (args.Is(at, "PERSIST"u8) && options.Unit == ExpiryUnit.None)
            {
                options = options with { Persists = true };
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// The moment of expiry in Unix milliseconds, 0 when none was said. False when it is no number, not positive or
    /// beyond 64 bits; the error is written.
    /// </summary>
    public bool TryExpiry(in RespArgs args, string command, long nowMs, RespReply reply, out long atMs)
    {
        atMs = 0;
        return Unit == ExpiryUnit.None || TryExpiry(args, AmountAt, Unit, command, nowMs, reply, out atMs);
    }

    /// <summary>As above, for one argument.</summary>
    public static bool TryExpiry(
        in RespArgs args, int at, ExpiryUnit unit, string command, long nowMs, RespReply reply, out long atMs)
    {
        atMs = 0;
        if (!args.TryLong(at, out var amount))
        {
            reply.Error(RespErrors.NotAnInteger);
            return false;
        }

        if (amount > 0 && ExpiryTime.TryResolve(unit, amount, nowMs, out atMs)) return true;
        reply.Error(RespErrors.InvalidExpire(command));
        return false;
    }
}
