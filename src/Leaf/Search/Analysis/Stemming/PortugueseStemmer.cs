namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>Snowball's stemmer for Portuguese, as of version 3. Not thread-safe.</summary>
/// <remarks>A nasal vowel is written as the vowel and a tilde, which counts as a consonant.</remarks>
internal sealed class PortugueseStemmer : IStemmer
{
    private static readonly Letters Vowels = new("aeiouáéíóúâêô");

    private static readonly SuffixRules BeforeMente = new(("ante avel ível", static w => w.InR2 && w.Cut()));
    private static readonly SuffixRules BeforeIdade = new(("abil ic iv", static w => w.InR2 && w.Cut()));

    private static readonly SuffixRules Standard = new(
        ("eza ezas ico ica icos icas ismo ismos ável ível ista istas oso osa osos osas amento amentos imento imentos "
            + "adora ador aça~o adoras adores aço~es ante antes ância", static w => w.InR2 && w.Cut()),
        ("logia logias", static w => w.InR2 && w.Put("log")),
        ("uça~o uço~es", static w => w.InR2 && w.Put("u")),
        ("ência ências", static w => w.InR2 && w.Put("ente")),
        ("amente", static w => w.InR1 && w.Cut() && Romance.CutBeforeAdverb(w, "ad")),
        ("mente", static w => w.InR2 && w.Cut() && (BeforeMente.Apply(w) || true)),
        ("idade idades", static w => w.InR2 && w.Cut() && (BeforeIdade.Apply(w) || true)),
        ("iva ivo ivas ivos", static w => w.InR2 && w.Cut() && (w.CutInR2("at") || true)),
        ("ira iras", static w => w.InRv && w.Before() == 'e' && w.Put("ir")));

    private static readonly SuffixRules Verb = new(
        ("ada ida ia aria eria iria ará ara erá era irá ava asse esse isse aste este iste ei arei erei irei am iam "
            + "ariam eriam iriam aram eram iram avam em arem erem irem assem essem issem ado ido ando endo indo "
            + "ara~o era~o ira~o ar er ir as adas idas ias arias erias irias arás aras erás eras irás avas es ardes "
            + "erdes irdes ares eres ires asses esses isses astes estes istes is ais eis íeis aríeis eríeis iríeis "
            + "áreis areis éreis ereis íreis ireis ásseis ésseis ísseis áveis ados idos ámos amos íamos aríamos "
            + "eríamos iríamos áramos éramos íramos ávamos emos aremos eremos iremos ássemos êssemos íssemos imos "
            + "armos ermos irmos eu iu ou ira iras", static w => w.Cut()));

    private static readonly SuffixRules Residual = new(("os a i o á í ó", static w => w.InRv && w.Cut()));

    private static readonly SuffixRules LastForm = new(
        ("e é ê", static w => w.InRv && w.Cut() && CutBeforeLastForm(w)),
        ("ç", static w => w.Put("c")));

    private readonly StemWord _word = new();

    /// <inheritdoc/>
    public string Stem(string word)
    {
        var w = _word;
        w.Load(word.Replace("ã", "a~", StringComparison.Ordinal).Replace("õ", "o~", StringComparison.Ordinal));
        Romance.MarkRegions(w, Vowels);
        if (Standard.Apply(w) || Verb.Apply(w, w.Rv))
        {
            if (w.Text.EndsWith("ci")) w.CutInRv("i");
        }
        else
        {
            Residual.Apply(w);
        }

        LastForm.Apply(w);
        return w.ToString()
            .Replace("a~", "ã", StringComparison.Ordinal).Replace("o~", "õ", StringComparison.Ordinal);
    }

    private static bool CutBeforeLastForm(StemWord w) =>
        w.Text.EndsWith("gu") ? w.CutInRv("u") : w.Text.EndsWith("ci") && w.CutInRv("i");
}
