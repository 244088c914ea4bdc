namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>Snowball's stemmer for French, as of version 3. Not thread-safe.</summary>
/// <remarks>
/// Capitals stand for what is no vowel (I, U, Y), or for what a diaeresis set apart (He for ë, Hi for ï).
/// </remarks>
internal sealed class FrenchStemmer : IStemmer
{
    private static readonly Letters Vowels = new("aeiouyâàëéêèïîôûù");
    private static readonly Letters Elided = new("cdjlmnstz");
    private static readonly Letters BeforeOux = new("bhjlnp");
    private static readonly Letters KeepsS = new("aiouès");
    private static readonly Endings Doubled = new("enn onn ett ell eill");

    private static readonly SuffixRules BeforeEment = new(
        ("iv", static w => w.CutInR2("iv") && w.CutInR2("at")),
        ("eus", static w => w.InR2 ? w.Cut() : w.InR1 && w.Put("eux")),
        ("abl iqU", static w => w.InR2 && w.Cut()),
        ("ièr Ièr", static w => w.InRv && w.Put("i")));

    private static readonly SuffixRules BeforeIte = new(
        ("abil", static w => w.InR2 ? w.Cut() : w.Put("abl")),
        ("ic", static w => w.InR2 ? w.Cut() : w.Put("iqU")),
        ("iv", static w => w.InR2 && w.Cut()));

    private static readonly SuffixRules Standard = new(
        ("ance iqUe isme able iste eux ances iqUes ismes ables istes", static w => w.InR2 && w.Cut()),
        ("atrice ateur ation atrices ateurs ations", static w => w.InR2 && w.Cut() && CutOrPutIc(w)),
        ("logie logies", static w => w.InR2 && w.Put("log")),
        ("usion ution usions utions", static w => w.InR2 && w.Put("u")),
        ("ence ences", static w => w.InR2 && w.Put("ent")),
        ("ement ements", static w => w.InRv && w.Cut() && (BeforeEment.Apply(w) || true)),
        ("ité ités", static w => w.InR2 && w.Cut() && (BeforeIte.Apply(w) || true)),
        ("if ive ifs ives", static w => w.InR2 && w.Cut() && (!w.CutInR2("at") || CutOrPutIc(w))),
        ("eaux", static w => w.Put("eau")),
        ("aux", static w => w.InR1 && w.Put("al")),
        ("oux", static w => BeforeOux.Has(w.Before()) && w.Put("ou")),
        ("euse euses", static w => w.InR2 ? w.Cut() : w.InR1 && w.Put("eux")),
        ("issement issements", static w => w.InR1 && IsConsonant(w.Before()) && w.Cut()),
        ("amment", static w => w.InRv && w.Put("ant") && false),
        ("emment", static w => w.InRv && w.Put("ent") && false),
        ("ment ments", static w => Vowels.Has(w.Before()) && w.Length - w.Suffix - 1 >= w.Rv && w.Cut() && false));

    private static readonly SuffixRules VerbInI = new(
        ("îmes ît îtes i ie ies ir ira irai iraIent irais irait iras irent irez iriez irions irons iront is issaIent "
            + "issais issait issant issante issantes issants isse issent isses issez issiez issions issons it",
            static w => w.Length - w.Suffix > w.Rv && w.Before() != 'H' && IsConsonant(w.Before()) && w.Cut()));

    private static readonly SuffixRules Verb = new(
        ("ions", static w => w.InR2 && w.Cut()),
        ("é ée ées és èrent er era erai eraIent erais erait eras erez eriez erions erons eront ez iez eais",
            static w => w.Cut()),
        ("âmes ât âtes a ai aIent ait ant ante antes ants as asse assent asses assiez assions",
            static w => CutAlsoE(w)),
        ("ais aise aises", static w => !IsInStem(w.Stem) && w.Cut()));

    private static readonly SuffixRules Residual = new(
        ("ion", static w => w.InR2 && w.Length - w.Suffix > w.Rv && w.Before() is 's' or 't' && w.Cut()),
        ("ier ière Ier Ière", static w => w.Put("i")),
        ("e", static w => w.Cut()));

    private readonly StemWord _word = new();

    /// <inheritdoc/>
    public string Stem(string word)
    {
        var w = _word;
        w.Load(Marked(WithoutElided(word)));
        Romance.MarkR1AndR2(w, Vowels);
        w.Rv = VerbRegion(w.Text);
        if (Standard.Apply(w) || VerbInI.Apply(w, w.Rv) || Verb.Apply(w, w.Rv)) TidyEnd(w);
        else CutResidual(w);
        if (Doubled.Longest(w.Text) > 0) w.CutLast();
        PlainLastE(w.Text);
        return w.ToString().Replace("He", "ë", StringComparison.Ordinal).Replace("Hi", "ï", StringComparison.Ordinal)
            .Replace("H", "", StringComparison.Ordinal).Replace('I', 'i').Replace('U', 'u').Replace('Y', 'y');
    }

    private static bool IsConsonant(char letter) => letter != '\0' && !Vowels.Has(letter);

    private static ReadOnlySpan<char> WithoutElided(ReadOnlySpan<char> word)
    {
        var length = word.StartsWith("qu'") ? 3 : word.Length > 1 && Elided.Has(word[0]) && word[1] == '\'' ? 2 : 0;
        return length > 0 && length < word.Length ? word[length..] : word;
    }

    private static string Marked(ReadOnlySpan<char> word)
    {
        var marked = new char[word.Length * 2];
        var length = 0;
        for (var i = 0; i < word.Length; i++)
        {
            var before = length > 0 ? marked[length - 1] : '\0';
            var isBehindVowel = Vowels.Has(before);
            var isBeforeVowel = i + 1 < word.Length && Vowels.Has(word[i + 1]);
            switch (word[i])
            {
                case 'u' when (isBehindVowel && isBeforeVowel) || before == 'q':
                    marked[length++] = 'U';
                    break;
                case 'i' when isBehindVowel && isBeforeVowel:
                    marked[length++] = 'I';
                    break;
                case 'y' when isBehindVowel || isBeforeVowel:
                    marked[length++] = 'Y';
                    break;
                case 'ë' or 'ï':
                    marked[length++] = 'H';
                    marked[length++] = word[i] == 'ë' ? 'e' : 'i';
                    break;
                case var letter:
                    marked[length++] = letter;
                    break;
            }
        }

        return new string(marked, 0, length);
    }

    private static int VerbRegion(ReadOnlySpan<char> text)
    {
        if (text.Length >= 3 && Vowels.Has(text[0]) && Vowels.Has(text[1])) return 3;
        if (text.StartsWith("par") || text.StartsWith("col") || text.StartsWith("tap")) return 3;
        if (text.Length >= 3 && text.StartsWith("ni") && Vowels.Has(text[2])) return 3;
        var past = Vowels.Past(text, 1);
        return past < 0 ? text.Length : past;
    }

    private static bool CutOrPutIc(StemWord w)
    {
        if (!w.Ends("ic")) return true;
        return w.InR2 ? w.Cut() : w.Put("iqU");
    }

    private static bool CutAlsoE(StemWord w)
    {
        if (w.Before() == 'e' && w.Length - w.Suffix - 1 >= w.Rv) w.Suffix++;
        return w.Cut();
    }

    /// <summary>balais, mauvais, déplais: ais belongs to the word.</summary>
    private static bool IsInStem(ReadOnlySpan<char> stem) =>
        stem.EndsWith("auv") || stem.EndsWith("épl") || (stem.Length == 3 && stem.EndsWith("al"));

    private static void TidyEnd(StemWord w)
    {
        if (w.Ends("Y")) w.Put("i");
        else if (w.Ends("ç")) w.Put("c");
    }

    private static void CutResidual(StemWord w)
    {
        if (w.Ends("s") && w.Length > 1 && (w.Stem.EndsWith("Hi") || !KeepsS.Has(w.Before()))) w.Cut();
        Residual.Apply(w, w.Rv);
    }

    /// <summary>é or è before the last consonants loses its accent.</summary>
    private static void PlainLastE(Span<char> text)
    {
        var at = text.Length - 1;
        while (at >= 0 && !Vowels.Has(text[at])) at--;
        if (at >= 0 && at < text.Length - 1 && text[at] is 'é' or 'è') text[at] = 'e';
    }
}
