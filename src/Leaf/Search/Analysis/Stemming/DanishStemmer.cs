namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>Snowball's stemmer for Danish, as of version 3. Not thread-safe.</summary>
internal sealed class DanishStemmer : IStemmer
{
    private static readonly Letters Vowels = new("aeiouyæåø");
    private static readonly Letters BeforeS = new("abcdfghjklmnoprtvyzå'");
    private static readonly Letters Doubled = new("bdfgklmnprst");
    private static readonly Endings Pairs = new("gd dt gt kt");

    private static readonly SuffixRules Main = new(
        ("hed ethed ered e erede ende erende ene erne ere en heden eren er heder erer heds es endes erendes enes ernes "
            + "eres ens hedens erens ers ets erets et eret", static w => w.Cut()),
        ("s", static w => BeforeS.Has(w.Before()) && w.Cut()));

    private static readonly SuffixRules Other = new(
        ("ig lig elig els", static w => w.Cut() && (CutPair(w) || true)),
        ("løst", static w => w.Put("løs")));

    private readonly StemWord _word = new();

    /// <inheritdoc/>
    public string Stem(string word)
    {
        var w = _word;
        w.Load(word);
        w.R1 = NordicRegion.Of(w, Vowels);
        Main.Apply(w, w.R1);
        CutPair(w);
        if (w.Text.EndsWith("igst") && w.Ends("st")) w.Cut();
        Other.Apply(w, w.R1);
        CutDouble(w);
        if (w.Ends("'")) w.Cut();
        return w.ToString();
    }

    private static bool CutPair(StemWord w)
    {
        if (w.R1 > w.Length || Pairs.Longest(w.Text[w.R1..]) == 0) return false;
        return w.CutLast();
    }

    private static void CutDouble(StemWord w)
    {
        var text = w.Text;
        if (text.Length <= w.R1 || text.Length < 2 || !Doubled.Has(text[^1]) || text[^1] != text[^2]) return;
        w.CutLast();
    }
}
