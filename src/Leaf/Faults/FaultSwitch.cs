using System.IO.Hashing;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Faults;

/// <summary>What becomes of one request.</summary>
internal enum FaultVerdict
{
    /// <summary>It is served as ever.</summary>
    None,

    /// <summary>It is served after a delay.</summary>
    Delay,

    /// <summary>It is answered Unavailable.</summary>
    Refuse,
}

/// <summary>
/// Makes a share of requests misbehave: for tests and demos, and only on a leaf that allows it. While it is off it
/// costs one read. The same requests in the same order get the same verdicts on one leaf, and others on another:
/// searches ask all leaves alike, and would find all of them late at once. Thread-safe.
/// </summary>
/// <param name="leaf">The leaf's name.</param>
internal sealed class FaultSwitch(string leaf)
{
    private readonly ulong _seed = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(leaf));
    private volatile Plan? _plan;

    /// <summary>Whether any request may misbehave.</summary>
    public bool IsOn => _plan is not null;

    /// <summary>The delay of <see cref="FaultVerdict.Delay"/>.</summary>
    public TimeSpan Delay => TimeSpan.FromMicroseconds(_plan?.Request.DelayMicros ?? 0);

    /// <summary>What is wrong with a request, and what is allowed; null when nothing is.</summary>
    public static string? Problem(FaultRequest request)
    {
        if (request.DelayShare is not (>= 0 and <= 1))
            return $"delayShare is {request.DelayShare}; 0 to 1 is allowed.";
        if (request.ErrorShare is not (>= 0 and <= 1))
            return $"errorShare is {request.ErrorShare}; 0 to 1 is allowed.";
        return request.DelayMicros > 60_000_000
            ? $"delayMicros is {request.DelayMicros}; at most 60,000,000 is allowed."
            : null;
    }

    /// <summary>Misbehaves so from now on; all zero heals.</summary>
    public void Set(FaultRequest request)
    {
        var isOff = request.ErrorShare == 0 && (request.DelayShare == 0 || request.DelayMicros == 0);
        _plan = isOff ? null : new Plan(request, _seed);
    }

    /// <summary>Decides on one request. Those that only look at the leaf, or heal it, are left alone.</summary>
    public FaultVerdict Judge(Opcode opcode)
    {
        var plan = _plan;
        return plan is null || opcode < Opcode.Get || opcode >= Opcode.Fault ? FaultVerdict.None : plan.Judge();
    }

    private sealed class Plan(FaultRequest request, ulong seed)
    {
        private long _requests;

        public FaultRequest Request => request;

        public FaultVerdict Judge()
        {
            var number = (ulong)Interlocked.Increment(ref _requests);
            if (Share(number, 1) < request.ErrorShare) return FaultVerdict.Refuse;
            return Share(number, 2) < request.DelayShare ? FaultVerdict.Delay : FaultVerdict.None;
        }

        /// <summary>
        /// A number of [0, 1) that is spread evenly over request numbers: SplitMix64 (Steele et al., 2014).
        /// </summary>
        private double Share(ulong number, ulong stream)
        {
            var z = (seed + (number << 1) + stream) * 0x9E37_79B9_7F4A_7C15;
            z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
            z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
            return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
        }
    }
}
