namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>Snowball's stemmer for Italian, as of version 3. Not thread-safe.</summary>
/// <remarks>U and I stand for the letters where they are consonants: between vowels, and u behind q.</remarks>
internal sealed class ItalianStemmer : IStemmer
{
    private static readonly Letters Vowels = new("aeiouàèìòù");
    private static readonly Letters Finals = new("aeioàèìò");

    private static readonly Endings Elided =
        new("d' l' m' s' t' v' all' dall' dell' gl' nell' quell' quest' sull' tutt' un'");

    private static readonly Endings Pronouns = new(
        "ci gli la le li lo mi ne si ti vi sene gliela gliele glieli glielo gliene mela mele meli melo mene tela tele "
            + "teli telo tene cela cele celi celo cene vela vele veli velo vene");

    private static readonly SuffixRules BeforePronoun = new(
        ("ando endo", static w => w.InRv),
        ("ar er ir", static w => w.InRv && AddE(w)));

    private static readonly SuffixRules BeforeIta = new(("abil ic iv", static w => w.InR2 && w.Cut()));

    private static readonly SuffixRules Standard = new(
        ("anza anze ico ici ica ice iche ichi ismo ismi abile abili ibile ibili ista iste isti istà istè istì oso "
            + "osi osa ose mente atrice atrici ante anti", static w => w.InR2 && w.Cut()),
        ("azione azioni atore atori", static w => w.InR2 && w.Cut() && (w.CutInR2("ic") || true)),
        ("logia logie", static w => w.InR2 && w.Put("log")),
        ("uzione uzioni usione usioni", static w => w.InR2 && w.Put("u")),
        ("enza enze", static w => w.InR2 && w.Put("ente")),
        ("amento amenti imento imenti", static w => w.InRv && w.Cut()),
        ("amente", static w => w.InR1 && w.Cut() && Romance.CutBeforeAdverb(w, "abil")),
        ("ità", static w => w.InR2 && w.Cut() && (BeforeIta.Apply(w) || true)),
        ("ivo ivi iva ive", static w => w.InR2 && w.Cut() && ((w.CutInR2("at") && w.CutInR2("ic")) || true)));

    private static readonly SuffixRules Verb = new(
        ("ammo ando ano are arono asse assero assi assimo ata ate ati ato ava avamo avano avate avi avo emmo enda "
            + "ende endi endo erà erai eranno ere erebbe erebbero erei eremmo eremo ereste eresti erete erò erono "
            + "essero ete eva evamo evano evate evi evo Yamo iamo immo irà irai iranno ire irebbe irebbero irei "
            + "iremmo iremo ireste iresti irete irò irono isca iscano isce isci isco iscono issero ita ite iti ito "
            + "iva ivamo ivano ivate ivi ivo ono uta ute uti uto ar ir", static w => w.Cut()));

    private readonly StemWord _word = new();

    /// <inheritdoc/>
    public string Stem(string word)
    {
        var w = _word;
        w.Load(word);
        CutElided(w);
        MarkConsonants(w.Text);
        Romance.MarkRegions(w, Vowels);
        if (IsDivan(w.Text)) w.Rv = 5;
        w.Suffix = Pronouns.Longest(w.Text);
        if (w.Suffix > 0) w.CutThen(BeforePronoun);
        if (!Standard.Apply(w)) Verb.Apply(w, w.Rv);
        CutVowels(w);
        Romance.Rewrite(w.Text, "IU", "iu");
        return w.ToString();
    }

    /// <summary>So that divano does not become div, which is diva's.</summary>
    private static bool IsDivan(ReadOnlySpan<char> text) => text.StartsWith("divan");

    private static bool AddE(StemWord w)
    {
        w.Suffix = 0;
        return w.Put("e");
    }

    private static void CutElided(StemWord w)
    {
        var apostrophe = w.Text.IndexOf('\'');
        if (apostrophe < 0 || apostrophe == w.Length - 1) return;
        if (Elided.Longest(w.Text[..(apostrophe + 1)]) == apostrophe + 1) w.CutFront(apostrophe + 1);
        w.Load(w.ToString());
    }

    private static void MarkConsonants(Span<char> text)
    {
        Romance.Rewrite(text, "áéíóú", "àèìòù");
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == 'u' && text[i - 1] == 'q') text[i] = 'U';
        }

        for (var i = 1; i < text.Length - 1; i++)
        {
            if (text[i] is 'u' or 'i' && Vowels.Has(text[i - 1]) && Vowels.Has(text[i + 1]))
                text[i] = char.ToUpperInvariant(text[i]);
        }
    }

    private static void CutVowels(StemWord w)
    {
        w.Suffix = 1;
        if (w.Length > 0 && Finals.Has(w.Text[^1]) && w.InRv && w.Cut()) w.CutInRv("i");
        if (w.Length < 2 || w.Text[^1] != 'h' || w.Text[^2] is not ('c' or 'g') || w.Length - 2 < w.Rv) return;
        w.CutLast();
    }
}
