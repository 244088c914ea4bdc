namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>
/// A Turkish word read from its end: a place before which the next suffix is looked for, and a mark behind which what
/// was read is taken out. Each suffix moves the place before itself when it is there. One thread; reused.
/// </summary>
/// <remarks>
/// Suffixes are named by their letters. Capitals stand for what vowel harmony decides: A is a or e; U is ı, i, u or ü;
/// D is d or t. A leading y, n, s or U of a name is there only between two vowels, or between two consonants.
/// </remarks>
internal sealed class TurkishWord
{
    private static readonly Letters Vowels = new("aeıioöuü");
    private static readonly Letters AnyU = new("ıiuü");

    private static readonly Endings Possessives = new("mız miz muz müz nız niz nuz nüz m n");
    private static readonly Endings PluralOwned = new("leri ları");
    private static readonly Endings NUs = new("nı ni nu nü");
    private static readonly Endings UNs = new("ın in un ün");
    private static readonly Endings DAs = new("da de ta te");
    private static readonly Endings DAns = new("dan den tan ten");
    private static readonly Endings UMs = new("ım im um üm");
    private static readonly Endings SUns = new("sın sin sun sün");
    private static readonly Endings UZs = new("ız iz uz üz");
    private static readonly Endings SUnUzs = new("sınız siniz sunuz sünüz");
    private static readonly Endings NUzs = new("nız niz nuz nüz");
    private static readonly Endings DUrs = new("tır tir tur tür dır dir dur dür");

    private static readonly Endings DUs = new(
        "tım tim tum tüm dım dim dum düm tın tin tun tün dın din dun dün tık tik tuk tük dık dik duk dük tı ti tu tü "
            + "dı di du dü");

    private static readonly Endings SAs = new("sam san sak sem sen sek sa se");
    private static readonly Endings MUss = new("mış miş muş müş");
    private static readonly Endings As = new("a e");
    private static readonly Endings NAs = new("na ne");
    private static readonly Endings NdAs = new("nda nde");
    private static readonly Endings NdAns = new("ndan nden");
    private static readonly Endings LAs = new("la le");
    private static readonly Endings CAs = new("ca ce");
    private static readonly Endings LArs = new("ler lar");
    private static readonly Endings CAsInAs = new("casına cesine");
    private static readonly Endings Ken = new("ken");
    private static readonly Endings KiOnly = new("ki");

    private char[] _letters = new char[64];
    private int _length;
    private int _at;
    private int _mark;

    /// <summary>The place, as letters from the end: it stays right when letters behind it go.</summary>
    public int Place => _length - _at;

    /// <summary>Takes a word and stands at its end.</summary>
    public void Load(ReadOnlySpan<char> word)
    {
        if (_letters.Length < word.Length) _letters = new char[word.Length];
        word.CopyTo(_letters);
        _length = _at = _mark = word.Length;
    }

    /// <inheritdoc/>
    public override string ToString() => new(_letters, 0, _length);

    /// <summary>Goes to a place. Always true.</summary>
    public bool GoTo(int place)
    {
        _at = _length - place;
        return true;
    }

    /// <summary>Marks the place. Always true.</summary>
    public bool Mark()
    {
        _mark = _at;
        return true;
    }

    /// <summary>Takes out what is between the place and the mark. Always true.</summary>
    public bool Cut()
    {
        _letters.AsSpan(_mark, _length - _mark).CopyTo(_letters.AsSpan(_at));
        _length -= _mark - _at;
        _mark = _at;
        return true;
    }

    public bool Ki() => Is(KiOnly);

    public bool LAr() => IsHarmonious() && Is(LArs);

    public bool LArI() => Is(PluralOwned);

    public bool NU() => IsHarmonious() && Is(NUs);

    public bool NA() => IsHarmonious() && Is(NAs);

    public bool DA() => IsHarmonious() && Is(DAs);

    public bool NdA() => IsHarmonious() && Is(NdAs);

    public bool DAn() => IsHarmonious() && Is(DAns);

    public bool NdAn() => IsHarmonious() && Is(NdAns);

    public bool SUn() => IsHarmonious() && Is(SUns);

    public bool SUnUz() => Is(SUnUzs);

    public bool NUz() => IsHarmonious() && Is(NUzs);

    public bool DUr() => IsHarmonious() && Is(DUrs);

    public bool CAsInA() => Is(CAsInAs);

    public bool Possessive() => Is(Possessives, 'U');

    public bool SU() => IsHarmonious() && IsU('s');

    public bool YU() => IsHarmonious() && IsU('y');

    public bool NUn() => IsHarmonious() && Is(UNs, 'n');

    public bool YA() => IsHarmonious() && Is(As, 'y');

    public bool YlA() => IsHarmonious() && Is(LAs, 'y');

    public bool NcA() => IsHarmonious() && Is(CAs, 'n');

    public bool YUm() => IsHarmonious() && Is(UMs, 'y');

    public bool YUz() => IsHarmonious() && Is(UZs, 'y');

    public bool YDU() => IsHarmonious() && Is(DUs, 'y');

    public bool YsA() => Is(SAs, 'y');

    public bool YmUs() => IsHarmonious() && Is(MUss, 'y');

    public bool Yken() => Is(Ken, 'y');

    /// <summary>Whether the last vowel agrees with one before it.</summary>
    private bool IsHarmonious()
    {
        var text = _letters.AsSpan(0, _at);
        var last = Vowels.Last(text);
        if (last < 0) return false;
        var before = text[..last];
        return text[last] switch
        {
            'a' => before.ContainsAny("aıou"),
            'e' => before.ContainsAny("eiöü"),
            'ı' => before.ContainsAny('a', 'ı'),
            'i' => before.ContainsAny('e', 'i'),
            'o' or 'u' => before.ContainsAny('o', 'u'),
            _ => before.ContainsAny('ö', 'ü'),
        };
    }

    private bool Is(Endings endings)
    {
        var length = endings.Longest(_letters.AsSpan(0, _at));
        _at -= length;
        return length > 0;
    }

    private bool Is(Endings endings, char link)
    {
        var at = _at;
        if (Is(endings) && IsLinked(link)) return true;
        _at = at;
        return false;
    }

    private bool IsU(char link)
    {
        var at = _at;
        if (_at > 0 && AnyU.Has(_letters[_at - 1]))
        {
            _at--;
            if (IsLinked(link)) return true;
        }

        _at = at;
        return false;
    }

    /// <summary>
    /// Moves before the linking letter, which has to be there between two vowels (U: two consonants) and only there.
    /// </summary>
    private bool IsLinked(char link)
    {
        if (_at < 2) return false;
        var isLink = link == 'U' ? AnyU.Has(_letters[_at - 1]) : _letters[_at - 1] == link;
        var isVowel = Vowels.Has(_letters[_at - 2]);
        if (isVowel == (link == 'U')) return false;
        if (isLink) _at--;
        return true;
    }
}
