namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>Snowball's stemmer for Swedish, as of version 3. Not thread-safe.</summary>
internal sealed class SwedishStemmer : IStemmer
{
    private static readonly Letters Vowels = new("aeiouyäåö");
    private static readonly Letters BeforeS = new("bcdfghjklmnoprtvy");
    private static readonly Letters BeforeOst = new("iklnprtuv");

    /// <summary>What makes a final et part of the word: frihet, societet, alfabet, raket.</summary>
    private static readonly Endings WithEt =
        new("h iet uit fab cit dit alit ilit mit nit pit rit sit tit ivit kvit xit kom rak pak stak");

    private static readonly SuffixRules Main = new(
        ("a arna erna heterna orna ad e ade ande arne are aste en anden aren heten ern ar er heter or as arnas ernas "
            + "ornas es ades andes ens arens hetens erns at andet het ast", static w => w.Cut()),
        ("s", static w => (TakesEtToo(w) || BeforeS.Has(w.Before())) && w.Cut()),
        ("et", static w => IsEnding(w.Stem) && w.Cut()));

    private static readonly SuffixRules Pair = new(("dd gd nn dt gt kt tt", static w => w.CutLast()));

    private static readonly SuffixRules Other = new(
        ("lig ig els", static w => w.Cut()),
        ("öst", static w => BeforeOst.Has(w.Before()) && w.Put("ös")),
        ("fullt", static w => w.Put("full")));

    private readonly StemWord _word = new();

    /// <inheritdoc/>
    public string Stem(string word)
    {
        var w = _word;
        w.Load(word);
        if (w.Length >= 3)
        {
            var region = Vowels.Region(w.Text, 0);
            w.R1 = Math.Max(region, 3);
        }

        Main.Apply(w, w.R1);
        Pair.Apply(w, w.R1);
        Other.Apply(w, w.R1);
        return w.ToString();
    }

    private static bool TakesEtToo(StemWord w)
    {
        if (!w.Stem.EndsWith("et") || !IsEnding(w.Stem[..^2])) return false;
        w.Suffix += 2;
        return true;
    }

    /// <summary>Whether et behind this is an ending.</summary>
    private static bool IsEnding(ReadOnlySpan<char> stem) =>
        stem.Length > 2 && !Vowels.Has(stem[^1]) && Vowels.Has(stem[^2]) && WithEt.Longest(stem) == 0;
}
