namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>
/// Snowball's stemmer for Finnish, as of version 3.0; the order of endings is that of F. Karlsson, Finnish: An
/// Essential Grammar, 1999. Not thread-safe.
/// </summary>
internal sealed class FinnishStemmer : IStemmer
{
    private static readonly Letters Vowels = new("aeiouyäö");
    private static readonly Letters Consonants = new("bcdfghjklmnpqrstvwxz");
    private static readonly Letters BeforeParticle = new("aeiouyäönt");
    private static readonly Letters Finals = new("aäei");
    private static readonly Endings LongVowels = new("aa ee ii oo uu ää öö");
    private static readonly Endings VowelAndI = new("ai ei ii oi ui äi öi");
    private static readonly Endings BeforeAn = new("ta ssa sta lla lta na");
    private static readonly Endings BeforeFrontAn = new("tä ssä stä llä ltä nä");
    private static readonly Endings BeforeEn = new("lle ine");

    private static readonly SuffixRules Particle = new(
        ("kin kaan kään ko kö han hän pa pä", static w => BeforeParticle.Has(w.Before()) && w.Cut()),
        ("sti", static w => w.InR2 && w.Cut()));

    private static readonly SuffixRules Possessive = new(
        ("si", static w => w.Before() != 'k' && w.Cut()),
        ("ni", static w => w.Cut() && w.Ends("kse") && w.Put("ksi")),
        ("nsa nsä mme nne", static w => w.Cut()),
        ("an", static w => BeforeAn.Longest(w.Stem) > 0 && w.Cut()),
        ("än", static w => BeforeFrontAn.Longest(w.Stem) > 0 && w.Cut()),
        ("en", static w => BeforeEn.Longest(w.Stem) > 0 && w.Cut()));

    private static readonly SuffixRules Case = new(
        ("han", static w => w.Before() == 'a' && w.Cut()),
        ("hen", static w => w.Before() == 'e' && w.Cut()),
        ("hin", static w => w.Before() == 'i' && w.Cut()),
        ("hon", static w => w.Before() == 'o' && w.Cut()),
        ("hän", static w => w.Before() == 'ä' && w.Cut()),
        ("hön", static w => w.Before() == 'ö' && w.Cut()),
        ("siin den tten", static w => CutOrOnlyN(w, VowelAndI.Longest(w.Stem) > 0)),
        ("seen", static w => CutOrOnlyN(w, LongVowels.Longest(w.Stem) > 0)),
        ("n", static w => CutGenitiveOrIllative(w)),
        ("a ä", static w => Vowels.Has(w.Before()) && Consonants.Has(w.Before(2)) && w.Cut()),
        ("tta ttä", static w => w.Before() == 'e' && w.Cut()),
        ("ta tä ssa ssä sta stä lla llä lta ltä lle na nä ksi ine", static w => w.Cut()));

    private static readonly SuffixRules Other = new(
        ("mpi mpa mpä mmi mma mmä", static w => !w.Stem.EndsWith("po") && w.Cut()),
        ("impi impa impä immi imma immä eja ejä", static w => w.Cut()));

    private static readonly SuffixRules PluralI = new(("i j", static w => w.Cut()));

    private static readonly SuffixRules BeforePluralT = new(
        ("mma", static w => !w.Stem.EndsWith("po") && w.Cut()),
        ("imma", static w => w.Cut()));

    private readonly StemWord _word = new();

    /// <inheritdoc/>
    public string Stem(string word)
    {
        var w = _word;
        w.Load(word);
        Romance.MarkR1AndR2(w, Vowels);
        Particle.Apply(w, w.R1);
        Possessive.Apply(w, w.R1);
        var hadCase = Case.Apply(w, w.R1);
        Other.Apply(w, w.R2);
        if (hadCase) PluralI.Apply(w, w.R1);
        else CutPluralT(w);
        Tidy(w);
        return w.ToString();
    }

    /// <summary>Where the vowels say that it is not this ending, it may still be the n of the genitive.</summary>
    private static bool CutOrOnlyN(StemWord w, bool isThisEnding)
    {
        if (isThisEnding) return w.Cut();
        w.Suffix = 1;
        return CutGenitiveOrIllative(w);
    }

    private static bool CutGenitiveOrIllative(StemWord w)
    {
        if (LongVowels.Longest(w.Stem) > 0 || w.Stem.EndsWith("ie")) w.Suffix++;
        return w.Cut();
    }

    private static void CutPluralT(StemWord w)
    {
        if (!w.Ends("t") || w.Length - 2 < w.R1 || !Vowels.Has(w.Before())) return;
        w.Cut();
        BeforePluralT.Apply(w, w.R2);
    }

    private static void Tidy(StemWord w)
    {
        if (w.Length < w.R1) return;
        if (w.Length - 2 >= w.R1)
        {
            if (LongVowels.Longest(w.Text) > 0) w.CutLast();
            if (HasPair(w, Finals, Consonants)) w.CutLast();
            if (w.Length - 2 >= w.R1 && (w.Text.EndsWith("oj") || w.Text.EndsWith("uj"))) w.CutLast();
            if (w.Length - 2 >= w.R1 && w.Text.EndsWith("jo")) w.CutLast();
        }

        MakeLastConsonantSingle(w);
    }

    /// <summary>Whether, in the first region, the last letter is of one kind and the one before of another.</summary>
    private static bool HasPair(StemWord w, Letters last, Letters before) =>
        w.Length - 2 >= w.R1 && last.Has(w.Text[^1]) && before.Has(w.Text[^2]);

    private static void MakeLastConsonantSingle(StemWord w)
    {
        var text = w.Text;
        var at = text.Length - 1;
        while (at >= 0 && Vowels.Has(text[at])) at--;
        if (at > 0 && Consonants.Has(text[at]) && text[at - 1] == text[at]) w.Remove(at);
    }
}
