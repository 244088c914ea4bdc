namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>Snowball's stemmer for German, as of version 3. Not thread-safe.</summary>
/// <remarks>U and Y stand for the letters between vowels. ae, oe, ue are read as umlauts.</remarks>
internal sealed class GermanStemmer : IStemmer
{
    private const int LeastBeforeR1 = 3;

    private static readonly Letters Vowels = new("aeiouyäöü");
    private static readonly Letters BeforeEt = new("dfgklmnrstUzä");
    private static readonly Letters BeforeS = new("bdfghklmnrt");
    private static readonly Letters BeforeSt = new("bdfghklmnt");

    /// <summary>untergeordnet, Internet, Planet, Ticket, Vertreter: et belongs to the word.</summary>
    private static readonly Endings WithEt = new("geordn intern plan tick tr");

    private static readonly SuffixRules First = new(
        ("em", static w => w.InR1 && !w.Stem.EndsWith("syst") && w.Cut()),
        ("ern er erin erinnen", static w => w.InR1 && w.Cut()),
        ("e en es", static w => w.InR1 && w.Cut() && w.Text.EndsWith("niss") && w.Ends("s") && w.Cut()),
        ("s", static w => w.InR1 && BeforeS.Has(w.Before()) && w.Cut()),
        ("ln lns", static w => w.InR1 && w.Put("l")));

    private static readonly SuffixRules Second = new(
        ("en er est", static w => w.InR1 && w.Cut()),
        ("st", static w => w.InR1 && BeforeSt.Has(w.Before()) && w.Stem.Length > LeastBeforeR1 && w.Cut()),
        ("et", static w => w.InR1 && BeforeEt.Has(w.Before()) && WithEt.Longest(w.Stem) == 0 && w.Cut()));

    private static readonly SuffixRules BeforeKeit = new(("lich ig", static w => w.InR2 && w.Cut()));
    private static readonly SuffixRules BeforeHeit = new(("er en", static w => w.InR1 && w.Cut()));

    private static readonly SuffixRules Third = new(
        ("end ung", static w => w.InR2 && w.Cut() && w.Ends("ig") && w.Before() != 'e' && w.InR2 && w.Cut()),
        ("ig ik isch", static w => w.InR2 && w.Before() != 'e' && w.Cut()),
        ("lich heit", static w => w.InR2 && w.Cut() && BeforeHeit.Apply(w)),
        ("keit", static w => w.InR2 && w.Cut() && BeforeKeit.Apply(w)));

    private static readonly SuffixRules Genitive = new(("'s 'sch '", static w => w.Stem.Length > 1 && w.Cut()));

    private readonly StemWord _word = new();

    /// <inheritdoc/>
    public string Stem(string word)
    {
        var w = _word;
        w.Load(Marked(word));
        if (w.Length >= LeastBeforeR1)
        {
            var region = Vowels.Region(w.Text, 0);
            w.R1 = Math.Max(region, LeastBeforeR1);
            w.R2 = Vowels.Region(w.Text, region);
        }

        First.Apply(w);
        Second.Apply(w);
        Third.Apply(w);
        Genitive.Apply(w);
        Romance.Rewrite(w.Text, "YUäöü", "yuaou");
        return w.ToString();
    }

    private static string Marked(string word)
    {
        var text = word.ToCharArray();
        for (var i = 1; i < text.Length - 1; i++)
        {
            if (text[i] is 'u' or 'y' && Vowels.Has(text[i - 1]) && Vowels.Has(text[i + 1]))
                text[i] = char.ToUpperInvariant(text[i]);
        }

        var marked = new char[text.Length * 2];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var next = i + 1 < text.Length ? text[i + 1] : '\0';
            switch (text[i], next)
            {
                case ('ß', _):
                    marked[length++] = 's';
                    marked[length++] = 's';
                    break;
                case ('a' or 'o' or 'u', 'e'):
                    marked[length++] = text[i++] switch { 'a' => 'ä', 'o' => 'ö', _ => 'ü' };
                    break;
                case ('q', 'u'):
                    marked[length++] = text[i++];
                    marked[length++] = 'u';
                    break;
                default:
                    marked[length++] = text[i];
                    break;
            }
        }

        return new string(marked, 0, length);
    }
}
