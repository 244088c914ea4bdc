namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>
/// Snowball's stemmer for Dutch since version 3: W. Kraaij and R. Pohlmann, Porter's stemming algorithm for Dutch,
/// 1994. Not thread-safe.
/// </summary>
internal sealed class DutchStemmer : IStemmer
{
    private static readonly Letters Vowels = new("aäáàâeëéèêiïíìîoöóòôuüúùûy");
    private static readonly Letters Lengthened = new("aäáàâoöóòôuüúùû");
    private static readonly Letters NoY = new("aäáàâeëéèêiïíìîoöóòôuüúùû");
    private static readonly Letters NoYNoE = new("aäáàâiïíìîoöóòôuüúùû");
    private static readonly Letters AnyE = new("eëéèê");
    private static readonly Letters NoLengthening = new("aäáàâeëéèêiïíìîoöóòôuüúùûywx");

    private static readonly SuffixRules StepOne = new(
        ("'s", static w => w.Cut()),
        ("s", static w => w.InR1 && !(w.Before() == 't' && w.Length - 2 >= w.R1) && IsC(w.Stem) && w.Cut()),
        ("ies", static w => w.InR1 && w.Put("ie")),
        ("es", static w => Es(w)),
        ("és", static w => w.InR1 && w.Put("é")),
        ("aus", static w => w.InR1 && IsV(w.Stem) && w.Put("au")),
        ("en", static w => En(w)),
        ("nde", static w => w.Put("nd")));

    private static readonly SuffixRules StepTwo = new(
        ("je", static w => Je(w)),
        ("ge", static w => w.InR1 && w.Put("g")),
        ("lijke", static w => w.InR1 && w.Put("lijk")),
        ("ische", static w => w.InR1 && w.Put("isch")),
        ("de", static w => w.InR1 && IsC(w.Stem) && w.Cut()),
        ("te", static w => w.InR1 && w.Put("t")),
        ("se", static w => w.InR1 && w.Put("s")),
        ("re", static w => w.InR1 && w.Put("r")),
        ("le", static w => w.InR1 && w.Put("l") && Lengthen(w)),
        ("ene", static w => w.InR1 && IsC(w.Stem) && w.Put("en") && Lengthen(w)),
        ("ieve", static w => w.InR1 && IsC(w.Stem) && w.Put("ief")));

    private static readonly SuffixRules StepThree = new(
        ("atie", static w => w.InR1 && w.Put("eer")),
        ("iteit", static w => w.InR1 && w.Cut() && Lengthen(w)),
        ("heid sel ster", static w => w.InR1 && w.Cut()),
        ("rder", static w => w.Put("r")),
        ("ing isme erij", static w => w.Stem.EndsWith("ild") ? w.Put("er") : w.InR1 && w.Cut() && Lengthen(w)),
        ("arij", static w => w.InR1 && IsC(w.Stem) && w.Put("aar")),
        ("fie", static w => w.InR2 && w.Put("f") && Lengthen(w)),
        ("gie", static w => w.InR2 && w.Put("g") && Lengthen(w)),
        ("tst", static w => w.InR1 && IsC(w.Stem) && w.Put("t")),
        ("dst", static w => w.InR1 && IsC(w.Stem) && w.Put("d")));

    private static readonly SuffixRules StepFour = new(
        ("ioneel", static w => w.InR1 && w.Put("ie")),
        ("atief", static w => w.InR1 && w.Put("eer")),
        ("baar", static w => w.InR1 && w.Cut()),
        ("naar", static w => w.InR1 && IsV(w.Stem) && w.Put("n")),
        ("laar", static w => w.InR1 && IsV(w.Stem) && w.Put("l")),
        ("raar", static w => w.InR1 && IsV(w.Stem) && w.Put("r")),
        ("tant", static w => w.InR1 && w.Put("teer")),
        ("lijker lijkst", static w => w.InR1 && w.Put("lijk")),
        ("achtig achtiger achtigst", static w => w.InR1 && w.Cut()),
        ("eriger erigst erig end", static w => w.InR1 && IsC(w.Stem) && w.Cut() && Lengthen(w)));

    private static readonly SuffixRules StepFourShort = new(
        ("iger igst ig", static w => w.InR1 && w.Stem is not "inn" && IsC(w.Stem) && w.Cut() && Lengthen(w)));

    private static readonly SuffixRules Participle = new(
        ("d", static w => w.InR1 && IsC(w.Stem) && !(w.Before() == 'n' && w.Length - 2 >= w.R1)
            && (w.Stem is "in" ? w.Put("n") : w.Cut())),
        ("t", static w => w.InR1 && IsC(w.Stem) && !(w.Before() == 'h' && w.Length - 2 >= w.R1)
            && w.Stem is not "en" && w.Cut()));

    private static readonly SuffixRules FinalT = new(("kt ft pt", static w => w.CutLast()));

    private static readonly SuffixRules Final = new(
        ("bb cc dd ff gg hh jj kk ll mm pp qq rr ss tt vv ww xx zz", static w => w.CutLast()),
        ("nn", static w => w.Stem is not "i" && w.CutLast()),
        ("v", static w => w.Put("f")),
        ("z", static w => w.Put("s")));

    private readonly StemWord _word = new();

    /// <inheritdoc/>
    public string Stem(string word)
    {
        var w = _word;
        w.Load(word);
        Measure(w);
        var isStemmed = StepOne.Apply(w);
        isStemmed |= StepTwo.Apply(w);
        isStemmed |= StepThree.Apply(w);
        isStemmed |= StepFour.Apply(w) || StepFourShort.Apply(w);
        if (LosePrefix(w)) isStemmed = CutParticiple(w);
        if (LoseInfix(w)) isStemmed = CutParticiple(w);
        isStemmed |= FinalT.Apply(w);
        if (isStemmed) Final.Apply(w);
        return w.ToString();
    }

    /// <summary>The regions: each behind consonants, at least one vowel (ij is one), and one consonant.</summary>
    private static void Measure(StemWord w)
    {
        w.R1 = w.R2 = w.Length;
        var first = Past(w.Text, 0);
        if (first < 0) return;
        w.R1 = first;
        var second = Past(w.Text, first);
        if (second >= 0) w.R2 = second;

        static int Past(ReadOnlySpan<char> text, int at)
        {
            while (at < text.Length && !Vowels.Has(text[at])) at++;
            var vowels = PastVowels(text, at);
            return vowels > at && vowels < text.Length ? vowels + 1 : -1;
        }
    }

    private static int PastVowels(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length)
        {
            if (text[at..].StartsWith("ij")) at += 2;
            else if (Vowels.Has(text[at])) at++;
            else break;
        }

        return at;
    }

    private static bool CutParticiple(StemWord w)
    {
        Participle.Apply(w);
        return true;
    }

    /// <summary>
    /// Takes ge off the front of participles: at least three letters follow, vowels among them and behind.
    /// </summary>
    private static bool LosePrefix(StemWord w)
    {
        if (!w.Text.StartsWith("ge") || !CanLose(w.Text[2..])) return false;
        var rest = w.Text[2..];
        var belongs = rest.StartsWith("eft") || (rest.StartsWith("val") && !rest.StartsWith("vali"))
            || rest.StartsWith("vaa") || rest.StartsWith("vare");
        return !belongs && Lose(w, 0);
    }

    /// <summary>The same behind a prefix, as in opgehouden.</summary>
    private static bool LoseInfix(StemWord w)
    {
        var at = w.Length > 0 ? w.Text[1..].IndexOf("ge") + 1 : 0;
        return at > 0 && CanLose(w.Text[(at + 2)..]) && Lose(w, at);
    }

    private static bool CanLose(ReadOnlySpan<char> rest)
    {
        if (rest.Length < 3) return false;
        var vowel = Vowels.First(rest, 0);
        return vowel >= 0 && PastVowels(rest, vowel) < rest.Length;
    }

    private static bool Lose(StemWord w, int at)
    {
        w.Remove(at);
        w.Remove(at);
        if (w.Text[at] == 'ë') w.Text[at] = 'e';
        else if (w.Text[at] == 'ï') w.Text[at] = 'i';
        Measure(w);
        return true;
    }

    private static bool IsV(ReadOnlySpan<char> stem) =>
        stem.Length > 0 && (Vowels.Has(stem[^1]) || stem.EndsWith("ij"));

    private static bool IsC(ReadOnlySpan<char> stem) =>
        stem.Length > 0 && !stem.EndsWith("ij") && !Vowels.Has(stem[^1]);

    private static bool Es(StemWord w)
    {
        var stem = w.Stem;
        var isBehindR1 = stem.Length - 2 >= w.R1 && IsC(stem[..^2]);
        if (isBehindR1 && stem.EndsWith("ar")) return w.Cut() && Lengthen(w);
        if (isBehindR1 && stem.EndsWith("er")) return w.Cut();
        return w.InR1 && IsC(stem) && w.Put("e");
    }

    private static bool En(StemWord w)
    {
        var stem = w.Stem;
        if (stem.EndsWith("hed") && stem.Length - 3 >= w.R1) return Extend(w, 3) && w.Put("heid");
        if (stem.EndsWith("nd")) return w.Cut();
        if (stem.EndsWith("d") && stem.Length - 1 >= w.R1 && IsC(stem[..^1])) return Extend(w, 1) && w.Cut();
        if (stem.Length > 0 && stem[^1] is 'i' or 'j' && IsV(stem[..^1])) return w.Cut();
        return w.InR1 && IsC(stem) && w.Cut() && Lengthen(w);
    }

    private static bool Je(StemWord w)
    {
        var stem = w.Stem;
        if (stem.EndsWith("'t")) return Extend(w, 2) && w.Cut();
        if (stem.EndsWith("et") && stem.Length - 2 >= w.R1 && IsC(stem[..^2])) return Extend(w, 2) && w.Cut();
        if (stem.EndsWith("rnt")) return Extend(w, 3) && w.Put("rn");
        if (stem.EndsWith("t") && stem.Length - 1 >= w.R1 && IsVBeforeLast(stem[..^1])) return Extend(w, 1) && w.Cut();
        if (stem.EndsWith("ink")) return Extend(w, 3) && w.Put("ing");
        if (stem.EndsWith("mp")) return Extend(w, 2) && w.Put("m");
        if (stem.EndsWith("'") && stem.Length - 1 >= w.R1) return Extend(w, 1) && w.Cut();
        return w.InR1 && IsC(stem) && w.Cut();
    }

    private static bool IsVBeforeLast(ReadOnlySpan<char> stem) =>
        stem.Length > 1 && (Vowels.Has(stem[^2]) || stem[..^1].EndsWith("ij"));

    /// <summary>Makes the suffix longer by what stands before it.</summary>
    private static bool Extend(StemWord w, int letters)
    {
        w.Suffix += letters;
        return true;
    }

    /// <summary>
    /// Writes a vowel twice that an ending had kept open (lopen, loop): before the last consonant, unless another vowel
    /// stands before it. Always true.
    /// </summary>
    private static bool Lengthen(StemWord w)
    {
        var text = w.Text;
        if (text.Length < 2 || NoLengthening.Has(text[^1])) return true;
        var last = text[^1];
        var vowel = text[^2];
        var before = text[..^2];
        if (Lengthened.Has(vowel) || vowel is 'e' or 'é' or 'è' or 'ê')
        {
            var isOpen = before.Length == 0 || !NoY.Has(before[^1]);
            if (isOpen && (!AnyE.Has(vowel) || IsStressedE(before))) Write(w, 1, [vowel, vowel, last]);
        }
        else if (vowel == 'ë' && before.EndsWith("e"))
        {
            Write(w, 2, ['e', 'ë', 'e', last]);
        }
        else if (vowel == 'ë' && before.EndsWith("i"))
        {
            Write(w, 2, ['i', 'e', 'e', last]);
        }

        return true;
    }

    private static void Write(StemWord w, int vowels, ReadOnlySpan<char> letters)
    {
        w.Suffix = vowels + 1;
        w.Put(letters);
    }

    /// <summary>
    /// Whether an e behind this may be long, so that the last syllable of longer words stays as it is.
    /// </summary>
    private static bool IsStressedE(ReadOnlySpan<char> before)
    {
        if (before.Length == 0) return true;
        var rest = before[..^1];
        if (rest.Length == 0) return true;
        if (NoYNoE.Has(rest[^1]) || (AnyE.Has(rest[^1]) && rest.Length == 1)) return false;
        return rest.Length < 3 || !NoYNoE.Has(rest[^2]) || NoY.Has(rest[^3]);
    }
}
