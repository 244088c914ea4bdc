namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>Snowball's stemmer for Spanish, as of version 3. Not thread-safe.</summary>
internal sealed class SpanishStemmer : IStemmer
{
    private static readonly Letters Vowels = new("aeiouáéíóúü");

    private static readonly Endings Pronouns = new("me se sela selo selas selos la le lo las les los nos");

    private static readonly SuffixRules BeforePronoun = new(
        ("iéndo", static w => w.InRv && w.Put("iendo")),
        ("ándo", static w => w.InRv && w.Put("ando")),
        ("ár", static w => w.InRv && w.Put("ar")),
        ("ér", static w => w.InRv && w.Put("er")),
        ("ír", static w => w.InRv && w.Put("ir")),
        ("ando iendo ar er ir", static w => w.InRv),
        ("yendo", static w => w.InRv && w.Before() == 'u'));

    private static readonly SuffixRules BeforeMente = new(("ante able ible", static w => w.InR2 && w.Cut()));
    private static readonly SuffixRules BeforeIdad = new(("abil ic iv", static w => w.InR2 && w.Cut()));

    private static readonly SuffixRules Standard = new(
        ("anza anzas ico ica icos icas ismo ismos able ables ible ibles ista istas oso osa osos osas amiento amientos "
            + "imiento imientos", static w => w.InR2 && w.Cut()),
        ("adora ador ación adoras adores aciones ante antes ancia ancias acion",
            static w => w.InR2 && w.Cut() && (w.CutInR2("ic") || true)),
        ("logía logías", static w => w.InR2 && w.Put("log")),
        ("ución uciones ucion", static w => w.InR2 && w.Put("u")),
        ("encia encias", static w => w.InR2 && w.Put("ente")),
        ("amente", static w => w.InR1 && w.Cut() && Romance.CutBeforeAdverb(w, "ad")),
        ("mente", static w => w.InR2 && w.Cut() && (BeforeMente.Apply(w) || true)),
        ("idad idades", static w => w.InR2 && w.Cut() && (BeforeIdad.Apply(w) || true)),
        ("iva ivo ivas ivos", static w => w.InR2 && w.Cut() && (w.CutInR2("at") || true)));

    private static readonly SuffixRules VerbInY = new(
        ("ya ye yan yen yeron yendo yo yó yas yes yais yamos", static w => w.Before() == 'u' && w.Cut()));

    private static readonly SuffixRules Verb = new(
        ("en es éis emos", static w => CutAlsoUOfGu(w)),
        ("arían arías arán arás aríais aría aréis aríamos aremos ará aré erían erías erán erás eríais ería eréis "
            + "eríamos eremos erá eré irían irías irán irás iríais iría iréis iríamos iremos irá iré aba ada ida ía "
            + "ara iera ad ed id ase iese aste iste an aban ían aran ieran asen iesen aron ieron ado ido ando iendo "
            + "ió ar er ir as abas adas idas ías aras ieras ases ieses ís áis abais íais arais ierais aseis ieseis "
            + "asteis isteis ados idos amos ábamos íamos imos áramos iéramos iésemos ásemos", static w => w.Cut()));

    private static readonly SuffixRules Residual = new(
        ("os a o á í ó", static w => w.InRv && w.Cut()),
        ("e é", static w => w.InRv && w.Cut() && (w.Text.EndsWith("gu") && w.CutInRv("u"))));

    private readonly StemWord _word = new();

    /// <inheritdoc/>
    public string Stem(string word)
    {
        var w = _word;
        w.Load(word);
        Romance.MarkRegions(w, Vowels);
        CutPronoun(w);
        if (!Standard.Apply(w) && !VerbInY.Apply(w, w.Rv)) Verb.Apply(w, w.Rv);
        Residual.Apply(w);
        Romance.Rewrite(w.Text, "áéíóú", "aeiou");
        return w.ToString();
    }

    /// <summary>A pronoun behind a gerund or infinitive goes, and with it the accent that it had called for.</summary>
    private static void CutPronoun(StemWord w)
    {
        w.Suffix = Pronouns.Longest(w.Text);
        if (w.Suffix > 0) w.CutThen(BeforePronoun);
    }

    private static bool CutAlsoUOfGu(StemWord w)
    {
        if (w.Stem.EndsWith("gu")) w.Suffix++;
        return w.Cut();
    }
}
