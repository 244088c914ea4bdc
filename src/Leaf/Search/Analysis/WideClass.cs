namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>What a character beyond ASCII is to <see cref="WordScanner"/>.</summary>
internal enum WideKind
{
    /// <summary>Only the exact rules know; its surroundings are left to <see cref="WordSegmenter"/>.</summary>
    Hard,

    /// <summary>A letter like the ASCII ones: ALetter of UAX #29.</summary>
    Letter,

    /// <summary>Parts words whatever stands beside it.</summary>
    Break,
}

/// <summary>
/// The commonest characters beyond ASCII whose part in word boundaries is as simple as that of ASCII: Latin, Greek and
/// Cyrillic letters, dashes, quotation marks and signs. A test holds each to the exact rules among all neighbours.
/// </summary>
internal static class WideClass
{
    /// <summary>The kind of a character above U+007F.</summary>
    public static WideKind Of(char c) => c switch
    {
        '\u00AA' or '\u00B5' or '\u00BA' => WideKind.Letter,
        '\u00AD' or '\u00B7' => WideKind.Hard, // soft hyphen, middle dot
        '\u00D7' or '\u00F7' => WideKind.Break,
        >= '\u00A0' and <= '\u00BF' => WideKind.Break,
        >= '\u00C0' and <= '\u024F' => WideKind.Letter,
        '\u03A2' => WideKind.Hard, // not a character
        >= '\u0391' and <= '\u03F5' => WideKind.Letter,
        >= '\u0400' and <= '\u0481' => WideKind.Letter,
        >= '\u048A' and <= '\u0527' => WideKind.Letter,
        '\u2013' or '\u2014' or '\u201C' or '\u201D' or '\u2022' or '\u2026' or '\u20AC' => WideKind.Break,
        _ => WideKind.Hard,
    };
}
