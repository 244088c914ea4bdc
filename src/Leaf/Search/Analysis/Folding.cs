using System.Globalization;
using System.Text;
using ICU4N.Text;
using Lucene.Net.Analysis.Miscellaneous;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// Writes the many spellings of a letter as one: compatibility forms (full width, ligatures) and accents. ASCII text
/// comes back as the same string. ICU's tables do it, because the runtime's own normalisation leaves everything but
/// ASCII alone in invariant globalization (a test holds us to that being handled).
/// </summary>
internal static class Folding
{
    private const int AsciiFoldGrowth = 4;

    private static readonly Lazy<Normalizer2> Nfkc =
        new(() => Normalizer2.GetInstance(null, "nfkc", Normalizer2Mode.Compose));

    private static readonly Lazy<Normalizer2> Nfkd =
        new(() => Normalizer2.GetInstance(null, "nfkc", Normalizer2Mode.Decompose));

    /// <summary>NFKC: one code point for a letter with its accent, plain width, no ligatures.</summary>
    public static string Compose(string text) => Ascii.IsValid(text) ? text : Nfkc.Value.Normalize(text);

    /// <summary>
    /// Without accents: NFKD, less the marks of Latin, Greek, Cyrillic, Hebrew and Arabic (those of Indic scripts and
    /// of kana are letters in their own right and stay), and Latin letters that have no decomposition by their
    /// nearest ASCII (ø o, ß ss, æ ae, ı i).
    /// </summary>
    public static string Fold(string text)
    {
        if (Ascii.IsValid(text)) return text;
        var kept = new StringBuilder(text.Length);
        foreach (var c in Nfkd.Value.Normalize(text))
        {
            if (!IsAccent(c)) kept.Append(c);
        }

        var bare = Nfkc.Value.Normalize(kept.ToString());
        if (Ascii.IsValid(bare)) return bare;
        var input = bare.ToCharArray();
        var output = new char[input.Length * AsciiFoldGrowth];
        var length = ASCIIFoldingFilter.FoldToASCII(input, 0, output, 0, input.Length);
        return new string(output, 0, length);
    }

    private static bool IsAccent(char c) => c switch
    {
        < '\u0300' => false,
        <= '\u036F' => true,
        >= '\u0591' and <= '\u05C7' => char.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark,
        >= '\u064B' and <= '\u065F' or '\u0670' => true,
        >= '\u1AB0' and <= '\u1AFF' or >= '\u1DC0' and <= '\u1DFF' => true,
        >= '\u20D0' and <= '\u20FF' or >= '\uFE20' and <= '\uFE2F' => true,
        _ => false,
    };
}
