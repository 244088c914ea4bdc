namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>
/// Snowball's stemmer for Hungarian, as of version 3: takes off the endings of nouns. Not thread-safe.
/// </summary>
internal sealed class HungarianStemmer : IStemmer
{
    private static readonly Letters Vowels = new("aeiouáéíóöőúüű");

    private static readonly Endings Doubled =
        new("bb cc ccs dd ff gg ggy jj kk ll lly mm nn nny pp rr ss ssz tt tty vv zz zzs");

    private static readonly SuffixRules Instrumental =
        new(("al el", static w => w.InR1 && Doubled.Longest(w.Stem) > 0 && w.Cut() && MakeSingle(w)));

    private static readonly SuffixRules Factive =
        new(("á é", static w => w.InR1 && Doubled.Longest(w.Stem) > 0 && w.Cut() && MakeSingle(w)));

    private static readonly SuffixRules LastVowel = new(
        ("á", static w => w.InR1 && w.Put("a")),
        ("é", static w => w.InR1 && w.Put("e")));

    private static readonly SuffixRules Case = new(
        ("ban ben ba be ra re nak nek val vel tól től ról ről ból ből hoz hez höz nál nél ig at et ot öt ért képp "
            + "képpen kor ul ül vá vé onként enként anként ként en on an ön n t",
            static w => w.InR1 && w.Cut() && LastVowel.Apply(w)));

    private static readonly SuffixRules SpecialCase = new(
        ("én", static w => w.InR1 && w.Put("e")),
        ("án ánként", static w => w.InR1 && w.Put("a")));

    private static readonly SuffixRules OtherCase = new(
        ("astul estül stul stül", static w => w.InR1 && w.Cut()),
        ("ástul", static w => w.InR1 && w.Put("a")),
        ("éstül", static w => w.InR1 && w.Put("e")));

    private static readonly SuffixRules Owned = new(
        ("oké öké aké eké ké éi é", static w => w.InR1 && w.Cut()),
        ("éké ééi éé", static w => w.InR1 && w.Put("e")),
        ("áké áéi", static w => w.InR1 && w.Put("a")));

    private static readonly SuffixRules SingularOwner = new(
        ("ünk unk nk juk jük uk ük em om am m od ed ad öd d ja je a e o", static w => w.InR1 && w.Cut()),
        ("ánk ájuk ám ád á", static w => w.InR1 && w.Put("a")),
        ("énk éjük ém éd é", static w => w.InR1 && w.Put("e")));

    private static readonly SuffixRules PluralOwner = new(
        ("jaim jeim aim eim im jaid jeid aid eid id jai jei ai ei i jaink jeink eink aink ink jaitok jeitek aitok "
            + "eitek itek jeik jaik aik eik ik", static w => w.InR1 && w.Cut()),
        ("áim áid ái áink áitok áik", static w => w.InR1 && w.Put("a")),
        ("éim éid éi éink éitek éik", static w => w.InR1 && w.Put("e")));

    private static readonly SuffixRules Plural = new(
        ("ák", static w => w.InR1 && w.Put("a")),
        ("ék", static w => w.InR1 && w.Put("e")),
        ("ök ak ok ek k", static w => w.InR1 && w.Cut()));

    private static readonly SuffixRules[] Steps =
        [Instrumental, Case, SpecialCase, OtherCase, Factive, Owned, SingularOwner, PluralOwner, Plural];

    private readonly StemWord _word = new();

    /// <inheritdoc/>
    public string Stem(string word)
    {
        var w = _word;
        w.Load(word);
        var region = w.Length > 0 && Vowels.Has(w.Text[0]) ? Vowels.PastOther(w.Text, 1) : Vowels.Past(w.Text, 0);
        if (region >= 0) w.R1 = region;
        foreach (var step in Steps) step.Apply(w);
        return w.ToString();
    }

    private static bool MakeSingle(StemWord w)
    {
        w.Remove(w.Length - 2);
        return true;
    }
}
