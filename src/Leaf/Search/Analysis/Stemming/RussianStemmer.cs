namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>Snowball's stemmer for Russian, as of version 3. Not thread-safe.</summary>
/// <remarks>All suffixes, and what they depend on, lie in the verb region: behind the first vowel.</remarks>
internal sealed class RussianStemmer : IStemmer
{
    private static readonly Letters Vowels = new("аеиоуыэюя");

    private static readonly SuffixRules Gerund = new(
        ("в вши вшись", static w => IsBehindA(w) && w.Cut()),
        ("ив ивши ившись ыв ывши ывшись", static w => w.Cut()));

    private static readonly SuffixRules Adjective = new(
        ("ее ие ые ое ими ыми ей ий ый ой ем им ым ом его ого ему ому их ых ую юю ая яя ою ею", static w => w.Cut()));

    private static readonly SuffixRules Participle = new(
        ("ем нн вш ющ щ", static w => IsBehindA(w) && w.Cut()),
        ("ивш ывш ующ", static w => w.Cut()));

    private static readonly SuffixRules Reflexive = new(("ся сь", static w => w.Cut()));

    private static readonly SuffixRules Verb = new(
        ("ла на ете йте ли й л ем н ло но ет ют ны ть ешь нно", static w => IsBehindA(w) && w.Cut()),
        ("ила ыла ена ейте уйте ите или ыли ей уй ил ыл им ым ен ило ыло ено ят ует уют ит ыт ены ить ыть ишь ую ю",
            static w => w.Cut()));

    private static readonly SuffixRules Noun = new(
        ("а ев ов ие ье е иями ями ами еи ии и ией ей ой ий й иям ям ием ем ам ом о у ах иях ях ы ь ию ью ю ия ья я",
            static w => w.Cut()));

    private static readonly SuffixRules Derivational = new(("ост ость", static w => w.InR2 && w.Cut()));

    private static readonly SuffixRules Last = new(
        ("ейш ейше", static w => w.Cut() && w.Length - 2 >= w.Rv && w.Text.EndsWith("нн") && w.Ends("н") && w.Cut()),
        ("н", static w => w.Length - 2 >= w.Rv && w.Before() == 'н' && w.Cut()),
        ("ь", static w => w.Cut()));

    private readonly StemWord _word = new();

    /// <inheritdoc/>
    public string Stem(string word)
    {
        var w = _word;
        w.Load(word);
        w.Text.Replace('ё', 'е');
        MarkRegions(w);
        if (!Gerund.Apply(w, w.Rv)) CutForm(w);
        if (w.Length > w.Rv && w.Ends("и")) w.Cut();
        Derivational.Apply(w, w.Rv);
        Last.Apply(w, w.Rv);
        return w.ToString();
    }

    private static void MarkRegions(StemWord w)
    {
        var verb = Vowels.Past(w.Text, 0);
        if (verb < 0) return;
        w.Rv = verb;
        w.R2 = Vowels.Region(w.Text, Vowels.Region(w.Text, 0));
    }

    private static void CutForm(StemWord w)
    {
        Reflexive.Apply(w, w.Rv);
        if (Adjective.Apply(w, w.Rv)) Participle.Apply(w, w.Rv);
        else if (!Verb.Apply(w, w.Rv)) Noun.Apply(w, w.Rv);
    }

    private static bool IsBehindA(StemWord w) => w.Length - w.Suffix > w.Rv && w.Before() is 'а' or 'я';
}
