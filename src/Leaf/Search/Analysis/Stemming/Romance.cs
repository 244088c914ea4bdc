namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>What the stemmers of Spanish, Portuguese, Italian and French have in common.</summary>
internal static class Romance
{
    private static readonly SuffixRules AdverbOthers = new(("os ic", static w => w.InR2 && w.Cut()));

    /// <summary>Marks the three regions, the verb region as in Spanish, Portuguese and Italian.</summary>
    public static void MarkRegions(StemWord word, Letters vowels)
    {
        MarkR1AndR2(word, vowels);
        word.Rv = VerbRegion(word.Text, vowels);
    }

    /// <summary>Marks the two regions that most languages have.</summary>
    public static void MarkR1AndR2(StemWord word, Letters vowels)
    {
        word.R1 = vowels.Region(word.Text, 0);
        word.R2 = vowels.Region(word.Text, word.R1);
    }

    /// <summary>
    /// If the second letter is a consonant, behind the next vowel; if the first two are vowels, behind the next
    /// consonant; else behind the third letter. The end when the word has no such place.
    /// </summary>
    public static int VerbRegion(ReadOnlySpan<char> text, Letters vowels)
    {
        if (text.Length < 2) return text.Length;
        int found;
        if (!vowels.Has(text[1])) found = vowels.Past(text, 2);
        else found = vowels.Has(text[0]) ? vowels.PastOther(text, 2) : Math.Min(3, text.Length);
        return found < 0 ? text.Length : found;
    }

    /// <summary>
    /// Behind amente: takes off iv, and at before it, or os, ic, or one more ending. Never a reason to stop.
    /// </summary>
    public static bool CutBeforeAdverb(StemWord word, string another)
    {
        if (word.CutInR2("iv")) word.CutInR2("at");
        else if (!AdverbOthers.Apply(word)) word.CutInR2(another);
        return true;
    }

    /// <summary>Puts each of some letters for its counterpart.</summary>
    public static void Rewrite(Span<char> text, string letters, string counterparts)
    {
        for (var i = 0; i < letters.Length; i++) text.Replace(letters[i], counterparts[i]);
    }
}
