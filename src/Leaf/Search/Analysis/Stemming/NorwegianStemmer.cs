namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>Snowball's stemmer for Norwegian (Bokmål), as of version 3. Not thread-safe.</summary>
internal sealed class NorwegianStemmer : IStemmer
{
    private static readonly Letters Vowels = new("aeêioòóôuyæåø");
    private static readonly Letters BeforeS = new("bcdfghjlmnoptvyz");

    /// <summary>
    /// Before ers: the s alone would go, were it not part of the word; and where the whole of it is one.
    /// </summary>
    private static readonly Endings WithErs = new("amm ast ind kap kk lt nk omm pp v øst giv hav skap");

    private static readonly SuffixRules Main = new(
        ("a e ede ande ende ane ene hetene en heten ar er heter as es edes endes enes hetenes ens hetens ets et het "
            + "ast",
            static w => w.Cut()),
        ("ers", static w => IsErsEnding(w) && w.Cut()),
        ("s", static w => IsGenitive(w) && w.Cut()),
        ("erte ert", static w => w.Put("er")));

    private static readonly SuffixRules Pair = new(("dt vt", static w => w.CutLast()));

    private static readonly SuffixRules Other =
        new(("leg eleg ig eig lig elig els lov elov slov hetslov", static w => w.Cut()));

    private readonly StemWord _word = new();

    /// <inheritdoc/>
    public string Stem(string word)
    {
        var w = _word;
        w.Load(word);
        w.R1 = NordicRegion.Of(w, Vowels);
        Main.Apply(w, w.R1);
        Pair.Apply(w, w.R1);
        Other.Apply(w, w.R1);
        if (w.Ends("'")) w.Cut();
        return w.ToString();
    }

    private static bool IsErsEnding(StemWord w) =>
        WithErs.Longest(w.Stem) == 0 || w.Stem.EndsWith("giv") || w.Stem.EndsWith("hav") || w.Stem.EndsWith("skap");

    private static bool IsGenitive(StemWord w) => w.Before() switch
    {
        'r' => w.Before(2) != 'e',
        'k' => w.Before(2) != '\0' && !Vowels.Has(w.Before(2)),
        var letter => BeforeS.Has(letter),
    };
}
