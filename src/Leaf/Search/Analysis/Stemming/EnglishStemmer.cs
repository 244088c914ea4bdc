namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>
/// Porter's second stemmer for English (Snowball "english", as of version 3). Not thread-safe.
/// </summary>
/// <remarks>In a word, Y stands for a y that is a consonant: first, or behind a vowel.</remarks>
internal sealed class EnglishStemmer : IStemmer
{
    private static readonly Letters Vowels = new("aeiouy");
    private static readonly Letters NoShortEnd = new("aeiouywxY");
    private static readonly Letters BeforeLi = new("cdeghkmnrt");

    private static readonly string[] FirstRegions =
        ["gener", "commun", "arsen", "past", "univers", "later", "emerg", "organ", "inter"];

    /// <summary>Words and their stems, in turn.</summary>
    private static readonly Dictionary<string, string> Exceptions = (
        "skis ski skies sky idly idl gently gentl ugly ugli early earli only onli singly singl sky sky news news "
        + "howe howe atlas atlas cosmos cosmos bias bias andes andes")
        .Split(' ').Chunk(2).ToDictionary(static pair => pair[0], static pair => pair[1], StringComparer.Ordinal);

    private static readonly SuffixRules Possessive = new(("' 's 's'", static w => w.Cut()));

    private static readonly SuffixRules Plural = new(
        ("sses", static w => w.Put("ss")),
        ("ied ies", static w => w.Put(w.Length - w.Suffix > 1 ? "i" : "ie")),
        ("s", static w => w.Length > 2 && Vowels.First(w.Stem[..^1], 0) >= 0 && w.Cut()),
        ("us ss", static _ => true));

    private static readonly SuffixRules PastTense = new(
        ("eed eedly", static w => Eed(w)),
        ("ed edly ingly", static w => HasVowel(w) && w.Cut() && Restore(w)),
        ("ing", static w => Ing(w) || (HasVowel(w) && w.Cut() && Restore(w))));

    private static readonly SuffixRules StepTwo = new(
        ("tional", static w => w.InR1 && w.Put("tion")),
        ("enci", static w => w.InR1 && w.Put("ence")),
        ("anci", static w => w.InR1 && w.Put("ance")),
        ("abli", static w => w.InR1 && w.Put("able")),
        ("entli", static w => w.InR1 && w.Put("ent")),
        ("izer ization", static w => w.InR1 && w.Put("ize")),
        ("ational ation ator", static w => w.InR1 && w.Put("ate")),
        ("alism aliti alli", static w => w.InR1 && w.Put("al")),
        ("fulness fulli", static w => w.InR1 && w.Put("ful")),
        ("ousli ousness", static w => w.InR1 && w.Put("ous")),
        ("iveness iviti", static w => w.InR1 && w.Put("ive")),
        ("biliti bli", static w => w.InR1 && w.Put("ble")),
        ("ogist", static w => w.InR1 && w.Put("og")),
        ("ogi", static w => w.InR1 && w.Before() == 'l' && w.Put("og")),
        ("lessli", static w => w.InR1 && w.Put("less")),
        ("li", static w => w.InR1 && BeforeLi.Has(w.Before()) && w.Cut()));

    private static readonly SuffixRules StepThree = new(
        ("tional", static w => w.InR1 && w.Put("tion")),
        ("ational", static w => w.InR1 && w.Put("ate")),
        ("alize", static w => w.InR1 && w.Put("al")),
        ("icate iciti ical", static w => w.InR1 && w.Put("ic")),
        ("ful ness", static w => w.InR1 && w.Cut()),
        ("ative", static w => w.InR1 && w.InR2 && w.Cut()));

    private static readonly SuffixRules StepFour = new(
        ("al ance ence er ic able ible ant ement ment ent ism ate iti ous ive ize", static w => w.InR2 && w.Cut()),
        ("ion", static w => w.InR2 && w.Before() is 's' or 't' && w.Cut()));

    private static readonly SuffixRules StepFive = new(
        ("e", static w => (w.InR2 || (w.InR1 && !IsShort(w.Stem))) && w.Cut()),
        ("l", static w => w.InR2 && w.Before() == 'l' && w.Cut()));

    private readonly StemWord _word = new();

    /// <inheritdoc/>
    public string Stem(string word)
    {
        if (Exceptions.TryGetValue(word, out var exception)) return exception;
        if (word.Length <= 2) return word;
        var w = _word;
        w.Load(word);
        MarkConsonantY(w);
        MarkRegions(w);
        Possessive.Apply(w);
        Plural.Apply(w);
        PastTense.Apply(w);
        FinalY(w);
        StepTwo.Apply(w);
        StepThree.Apply(w);
        StepFour.Apply(w);
        StepFive.Apply(w);
        w.Text.Replace('Y', 'y');
        return w.ToString();
    }

    private static void MarkConsonantY(StemWord w)
    {
        if (w.Text[0] == '\'') w.CutFront(1);
        var text = w.Text;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == 'y' && (i == 0 || Vowels.Has(text[i - 1]))) text[i] = 'Y';
        }
    }

    private static void MarkRegions(StemWord w)
    {
        w.R1 = w.Length;
        foreach (var first in FirstRegions)
        {
            if (w.Text.StartsWith(first)) w.R1 = first.Length;
        }

        if (w.R1 == w.Length) w.R1 = Vowels.Region(w.Text, 0);
        w.R2 = Vowels.Region(w.Text, w.R1);
    }

    private static bool HasVowel(StemWord w) => Vowels.First(w.Stem, 0) >= 0;

    private static bool Eed(StemWord w) =>
        w.InR1 && w.Stem is not ("proc" or "exc" or "succ") && w.Put("ee");

    /// <summary>dying to die; and words whose ing is no ending.</summary>
    private static bool Ing(StemWord w)
    {
        if (w.Stem is "inn" or "out" or "cann" or "herr" or "earr" or "even") return true;
        if (w.Length - w.Suffix != 2 || w.Before() != 'y' || Vowels.Has(w.Before(2))) return false;
        w.Suffix++;
        return w.Put("ie");
    }

    /// <summary>What stands where ed or ing was: an e is put back, or a doubled letter made single.</summary>
    private static bool Restore(StemWord w)
    {
        var stem = w.Text;
        if (stem.EndsWith("at") || stem.EndsWith("bl") || stem.EndsWith("iz")) return w.Put("e");
        if (stem.Length >= 2 && stem[^1] == stem[^2] && "bdfgmnprt".Contains(stem[^1], StringComparison.Ordinal))
        {
            if (stem.Length == 3 && stem[0] is 'a' or 'e' or 'o') return true;
            return w.CutLast();
        }

        return stem.Length != w.R1 || !IsShort(stem) || w.Put("e");
    }

    /// <summary>Whether it ends in a short syllable.</summary>
    private static bool IsShort(ReadOnlySpan<char> stem)
    {
        if (stem.EndsWith("past")) return true;
        if (stem.Length == 2) return Vowels.Has(stem[0]) && !Vowels.Has(stem[1]);
        return stem.Length > 2 && !NoShortEnd.Has(stem[^1]) && Vowels.Has(stem[^2]) && !Vowels.Has(stem[^3]);
    }

    private static void FinalY(StemWord w)
    {
        var text = w.Text;
        if (text.Length > 2 && text[^1] is 'y' or 'Y' && !Vowels.Has(text[^2])) text[^1] = 'i';
    }
}
