namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>
/// The word that a stemmer works on: letters, the regions that Porter's algorithms speak of, and the suffix that a rule
/// has found. Rules take letters off its end or put others there. One thread; reused.
/// </summary>
/// <remarks>
/// Regions are places in the word: a suffix is "in R1" when it begins at R1 or behind. They stay where they are when
/// the word is cut. See M. F. Porter, "Snowball: a language for stemming algorithms", 2001.
/// </remarks>
internal sealed class StemWord
{
    private char[] _letters = new char[64];

    /// <summary>Letters of it.</summary>
    public int Length { get; private set; }

    /// <summary>Letters of the suffix that was found; what is before it is the stem so far.</summary>
    public int Suffix { get; set; }

    /// <summary>Where the verb region begins, in languages that have one.</summary>
    public int Rv { get; set; }

    /// <summary>Where the first region begins.</summary>
    public int R1 { get; set; }

    /// <summary>Where the second begins.</summary>
    public int R2 { get; set; }

    /// <summary>The letters; valid until the word changes.</summary>
    public Span<char> Text => _letters.AsSpan(0, Length);

    /// <summary>What is before the suffix.</summary>
    public ReadOnlySpan<char> Stem => _letters.AsSpan(0, Length - Suffix);

    /// <summary>Whether the suffix lies in the verb region.</summary>
    public bool InRv => Length - Suffix >= Rv;

    /// <summary>Whether the suffix lies in the first region.</summary>
    public bool InR1 => Length - Suffix >= R1;

    /// <summary>Whether the suffix lies in the second region.</summary>
    public bool InR2 => Length - Suffix >= R2;

    /// <summary>Takes a word; its regions are its end.</summary>
    public void Load(ReadOnlySpan<char> word)
    {
        if (_letters.Length < word.Length) _letters = new char[word.Length * 2];
        word.CopyTo(_letters);
        Length = word.Length;
        Suffix = 0;
        Rv = R1 = R2 = Length;
    }

    /// <inheritdoc/>
    public override string ToString() => new(Text);

    /// <summary>Whether the word ends so, which is then the suffix.</summary>
    public bool Ends(string suffix)
    {
        if (!Text.EndsWith(suffix)) return false;
        Suffix = suffix.Length;
        return true;
    }

    /// <summary>The letter so far before the suffix, from 1; NUL where the word begins.</summary>
    public char Before(int distance = 1) => Stem is var stem && distance <= stem.Length ? stem[^distance] : '\0';

    /// <summary>Takes the suffix off. Always true, so that a rule can end with it.</summary>
    public bool Cut()
    {
        Length -= Suffix;
        Suffix = 0;
        return true;
    }

    /// <summary>Takes the last letter off. Always true.</summary>
    public bool CutLast()
    {
        Suffix = 1;
        return Cut();
    }

    /// <summary>Puts other letters where the suffix is. Always true.</summary>
    public bool Put(ReadOnlySpan<char> letters)
    {
        Length -= Suffix;
        if (_letters.Length < Length + letters.Length) Array.Resize(ref _letters, (Length + letters.Length) * 2);
        letters.CopyTo(_letters.AsSpan(Length));
        Length += letters.Length;
        Suffix = 0;
        return true;
    }

    /// <summary>
    /// Takes the suffix off if the rules then do something with what is left; they must change nothing when they do
    /// not.
    /// </summary>
    public bool CutThen(SuffixRules rules)
    {
        var length = Length;
        Cut();
        if (rules.Apply(this)) return true;
        Length = length;
        return false;
    }

    /// <summary>Takes this suffix off if the word has it in the second region.</summary>
    public bool CutInR2(string suffix) => Ends(suffix) && InR2 && Cut();

    /// <summary>Takes this suffix off if the word has it in the verb region.</summary>
    public bool CutInRv(string suffix) => Ends(suffix) && InRv && Cut();

    /// <summary>Takes letters off the front. The regions are not moved.</summary>
    public void CutFront(int count)
    {
        Text[count..].CopyTo(_letters);
        Length -= count;
    }

    /// <summary>Takes one letter out.</summary>
    public void Remove(int at)
    {
        Text[(at + 1)..].CopyTo(_letters.AsSpan(at));
        Length--;
    }
}
