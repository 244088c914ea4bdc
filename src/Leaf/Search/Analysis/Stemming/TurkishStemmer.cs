namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>
/// Snowball's stemmer for Turkish, as of version 3, by E. Kapusuz Çilden after G. Eryiğit and E. Adalı, An affix
/// stripping morphological analyzer for Turkish, 2004. Not thread-safe.
/// </summary>
/// <remarks>
/// Suffixes follow one another in an order that the paper gives as automata, read from the word's end. What fails goes
/// back to where it began; what it has taken out by then stays out.
/// </remarks>
internal sealed class TurkishStemmer : IStemmer
{
    private static readonly Letters Vowels = new("aeıioöuü");

    private readonly TurkishWord _w = new();

    /// <inheritdoc/>
    public string Stem(string word)
    {
        var bare = Bare(word);
        var second = Vowels.Past(bare, 0);
        if (second < 0 || Vowels.First(bare, second) < 0) return bare;
        _w.Load(bare);
        if (!CutVerbSuffixes()) return _w.ToString();
        _w.GoTo(0);
        CutNounSuffixes();
        return Finish(_w.ToString());
    }

    /// <summary>
    /// Without apostrophes before it, and without an apostrophe and what follows it: suffixes of names.
    /// </summary>
    private static string Bare(string word)
    {
        var bare = word.TrimStart('\'');
        var apostrophe = bare.Length >= 2 ? bare.IndexOf('\'', 2) : -1;
        return apostrophe < 0 ? bare : bare[..apostrophe];
    }

    /// <summary>Puts back a vowel or a consonant that a suffix had changed.</summary>
    private static string Finish(string stem)
    {
        if (stem is "ad" or "soyad" || stem.Length == 0) return stem;
        var last = stem[^1];
        var vowel = Vowels.Last(stem);
        if (last is not ('d' or 'g') || vowel < 0)
        {
            return last switch
            {
                'b' => stem[..^1] + 'p',
                'c' => stem[..^1] + 'ç',
                'd' => stem[..^1] + 't',
                'ğ' => stem[..^1] + 'k',
                _ => stem,
            };
        }

        return stem + stem[vowel] switch
        {
            'a' or 'ı' => 'ı',
            'e' or 'i' => 'i',
            'o' or 'u' => 'u',
            _ => 'ü',
        };
    }

    /// <summary>
    /// Takes off the suffixes that make a noun a predicate: whether suffixes of nouns may stand before.
    /// </summary>
    private bool CutVerbSuffixes()
    {
        _w.Mark();
        if (_w.YmUs() || _w.YDU() || _w.YsA() || _w.Yken()) return _w.Cut();
        if (_w.CAsInA() && MaybePerson() && _w.YmUs()) return _w.Cut();
        _w.GoTo(0);
        if (_w.LAr())
        {
            _w.Cut();
            if (_w.DUr() || _w.YDU() || _w.YsA() || _w.YmUs()) _w.Cut();
            return false;
        }

        if (_w.NUz() && (_w.YDU() || _w.YsA())) return _w.Cut();
        _w.GoTo(0);
        if (_w.SUnUz() || _w.YUz() || _w.SUn() || _w.YUm())
        {
            _w.Cut();
            if (_w.YmUs()) _w.Cut();
        }
        else if (_w.DUr())
        {
            _w.Cut();
            if (MaybePerson() && _w.YmUs()) _w.Cut();
        }

        return true;
    }

    private bool MaybePerson() => _w.SUnUz() || _w.LAr() || _w.YUm() || _w.SUn() || _w.YUz() || true;

    /// <summary>Takes off the suffixes of case, possession and plural.</summary>
    private void CutNounSuffixes()
    {
        _w.Mark();
        if (_w.LAr())
        {
            _w.Cut();
            TryChainBeforeKi();
        }
        else if (_w.NcA())
        {
            _w.Cut();
            CutBeforeNcA();
        }
        else if (!((_w.NdA() || _w.NA()) && CutBehindLocative()) && !CutAblativeOfOwned())
        {
            CutOtherNounSuffixes();
        }
    }

    private bool CutAblativeOfOwned()
    {
        _w.GoTo(0);
        _w.Mark();
        if (!_w.NdAn() && !_w.NU()) return false;
        if (!_w.SU()) return _w.LArI() || !_w.GoTo(0);
        _w.Cut();
        TryPluralThenChain();
        return true;
    }

    private void CutOtherNounSuffixes()
    {
        _w.GoTo(0);
        _w.Mark();
        if (_w.DAn())
        {
            _w.Cut();
            CutBeforeDAn();
        }
        else if (_w.NUn() || _w.YlA())
        {
            _w.Cut();
            CutBeforeGenitive();
        }
        else if (_w.LArI())
        {
            _w.Cut();
        }
        else if (!TryChainBeforeKi())
        {
            CutDativeOrPossessive();
        }
    }

    private void CutDativeOrPossessive()
    {
        _w.Mark();
        if (_w.DA() || _w.YU() || _w.YA())
        {
            _w.Cut();
            CutBeforeDative();
        }
        else if (_w.Possessive() || _w.SU())
        {
            _w.Cut();
            TryPluralThenChain();
        }
    }

    private void CutBeforeNcA()
    {
        var place = _w.Place;
        if (_w.LArI())
        {
            _w.Cut();
        }
        else if (_w.Possessive() || _w.SU())
        {
            _w.Cut();
            TryPluralThenChain();
        }
        else if (!CutPluralThenChain())
        {
            _w.GoTo(place);
        }
    }

    private void CutBeforeDAn()
    {
        if (_w.Possessive())
        {
            _w.Cut();
            TryPluralThenChain();
        }
        else if (_w.LAr())
        {
            _w.Cut();
            TryChainBeforeKi();
        }
        else
        {
            TryChainBeforeKi();
        }
    }

    private void CutBeforeGenitive()
    {
        var place = _w.Place;
        if (CutPluralThenChain()) return;
        _w.GoTo(place);
        _w.Mark();
        if (_w.Possessive() || _w.SU())
        {
            _w.Cut();
            TryPluralThenChain();
        }
        else
        {
            TryChainBeforeKi();
        }
    }

    private void CutBeforeDative()
    {
        if (_w.Possessive())
        {
            _w.Cut();
            if (_w.LAr()) _w.Cut();
        }
        else if (_w.LAr())
        {
            _w.Cut();
        }
        else
        {
            return;
        }

        TryChainBeforeKi();
    }

    /// <summary>Behind nDA: what it may stand on. The mark is where the suffix began.</summary>
    private bool CutBehindLocative()
    {
        if (_w.LArI()) return _w.Cut();
        if (!_w.SU()) return CutChainBeforeKi();
        _w.Cut();
        TryPluralThenChain();
        return true;
    }

    private void TryPluralThenChain()
    {
        var place = _w.Place;
        if (!CutPluralThenChain()) _w.GoTo(place);
    }

    private bool CutPluralThenChain() => _w.Mark() && _w.LAr() && _w.Cut() && CutChainBeforeKi();

    private bool TryChainBeforeKi()
    {
        var place = _w.Place;
        return CutChainBeforeKi() || !_w.GoTo(place);
    }

    /// <summary>Takes off ki and the case before it, which may stand on another ki.</summary>
    private bool CutChainBeforeKi()
    {
        _w.Mark();
        if (!_w.Ki()) return false;
        if (_w.DA())
        {
            _w.Cut();
            if (_w.LAr())
            {
                _w.Cut();
                TryChainBeforeKi();
            }
            else if (_w.Possessive())
            {
                _w.Cut();
                TryPluralThenChain();
            }

            return true;
        }

        if (!_w.NUn()) return _w.NdA() && CutBehindLocative();
        _w.Cut();
        if (_w.LArI())
        {
            _w.Cut();
        }
        else if (_w.Possessive() || _w.SU())
        {
            _w.Cut();
            TryPluralThenChain();
        }
        else
        {
            TryChainBeforeKi();
        }

        return true;
    }
}
