using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>When EXPIRE and its siblings may change a time to live: NX, XX, GT, LT.</summary>
[Flags]
internal enum ExpireRule : byte
{
    /// <summary>Always.</summary>
    None = 0,

    /// <summary>NX: only if the entry has no time to live.</summary>
    IfNone = 1,

    /// <summary>XX: only if it has one.</summary>
    IfSome = 2,

    /// <summary>GT: only if the new one is later; none is later than any.</summary>
    IfLater = 4,

    /// <summary>LT: only if the new one is earlier.</summary>
    IfEarlier = 8,
}

/// <summary>The rules' words and their meaning.</summary>
internal static class ExpireRules
{
    /// <summary>Reads one option word; <see cref="ExpireRule.None"/> when it is none of the four.</summary>
    public static ExpireRule Read(ReadOnlySpan<byte> word)
    {
        if (Ascii.EqualsIgnoreCase(word, "nx"u8)) return ExpireRule.IfNone;
        if (Ascii.EqualsIgnoreCase(word, "xx"u8)) return ExpireRule.IfSome;
        if (Ascii.EqualsIgnoreCase(word, "gt"u8)) return ExpireRule.IfLater;
        return Ascii.EqualsIgnoreCase(word, "lt"u8) ? ExpireRule.IfEarlier : ExpireRule.None;
    }

    /// <summary>Redis's error for words that contradict each other; null when they do not.</summary>
    public static string? Contradiction(ExpireRule rule)
    {
        const ExpireRule Others = ExpireRule.IfSome | ExpireRule.IfLater | ExpireRule.IfEarlier;
        const ExpireRule Both = ExpireRule.IfLater | ExpireRule.IfEarlier;
        if ((rule & ExpireRule.IfNone) != 0 && (rule & Others) != 0)
            return "ERR NX and XX, GT or LT options at the same time are not compatible";
        return (rule & Both) == Both ? "ERR GT and LT options at the same time are not compatible" : null;
    }

    /// <summary>Whether the change may happen. Times are Unix milliseconds; a stored one of 0 means never.</summary>
    public static bool Allows(ExpireRule rule, long storedMs, long newMs)
    {
        if ((rule & ExpireRule.IfNone) != 0 && storedMs != 0) return false;
        if ((rule & ExpireRule.IfSome) != 0 && storedMs == 0) return false;
        if ((rule & ExpireRule.IfLater) != 0 && (storedMs == 0 || newMs <= storedMs)) return false;
        return (rule & ExpireRule.IfEarlier) == 0 || storedMs == 0 || newMs < storedMs;
    }
}
