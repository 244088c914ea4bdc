using System.Collections.Frozen;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// Writes each word in another way, and forgets those of which nothing is left. Remembers recent answers in a
/// direct-mapped table, as <see cref="TermMaker"/> does.
/// </summary>
/// <param name="write">How it is written.</param>
/// <param name="keepsOriginal">Whether the word as it was comes too, in the same place, where it differs.</param>
/// <param name="skipsKeywords">Whether words that are marked stay as they are.</param>
internal sealed class WriteStage(Func<string, string> write, bool keepsOriginal = false, bool skipsKeywords = false)
    : TokenStage
{
    private const int Slots = 1_024;
    private const int RememberedCharsMax = 32;

    private readonly (string? Word, string Written)[] _memory = new (string?, string)[Slots];

    /// <inheritdoc/>
    public override void Add(in Token token)
    {
        if (skipsKeywords && token.Place.IsKeyword)
        {
            Next.Add(token);
            return;
        }

        var written = Write(token.Term);
        if (keepsOriginal && !token.Term.SequenceEqual(written)) Next.Add(token);
        if (written.Length > 0) Next.Add(token.With(written));
    }

    private string Write(ReadOnlySpan<char> word)
    {
        if (word.Length > RememberedCharsMax) return write(word.ToString());
        ref var slot = ref _memory[(int)XxHash3.HashToUInt64(MemoryMarshal.AsBytes(word)) & (Slots - 1)];
        if (slot.Word is not null && word.SequenceEqual(slot.Word)) return slot.Written;
        var text = word.ToString();
        slot = (text, write(text));
        return slot.Written;
    }
}

/// <summary>Tells whether a word goes on.</summary>
internal delegate bool TakesWord(ReadOnlySpan<char> word);

/// <summary>Lets some words through; the places of the others stay empty.</summary>
internal sealed class PassStage(TakesWord takes) : TokenStage
{
    /// <inheritdoc/>
    public override void Add(in Token token)
    {
        if (takes(token.Term)) Next.Add(token);
    }
}

/// <summary>Lets the first words of a text through.</summary>
internal sealed class LimitStage(int most) : TokenStage
{
    private int _count;

    /// <inheritdoc/>
    public override void Begin()
    {
        _count = 0;
        Next.Begin();
    }

    /// <inheritdoc/>
    public override void Add(in Token token)
    {
        if (_count++ < most) Next.Add(token);
    }
}

/// <summary>Lets each word through once, in the whole text or in each position. Remembers a bounded number.</summary>
internal sealed class UniqueStage(bool samePosition) : TokenStage
{
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private int _position = -1;

    /// <inheritdoc/>
    public override void Begin()
    {
        _seen.Clear();
        _position = -1;
        Next.Begin();
    }

    /// <inheritdoc/>
    public override void Add(in Token token)
    {
        if (samePosition && token.Place.Position != _position) _seen.Clear();
        _position = token.Place.Position;
        var seen = _seen.GetAlternateLookup<ReadOnlySpan<char>>();
        if (_seen.Count >= ChainLimits.TokensMax ? !seen.Contains(token.Term) : seen.Add(token.Term)) Next.Add(token);
    }

    /// <inheritdoc/>
    public override void End()
    {
        _seen.Clear();
        if (_seen.Capacity > ChainLimits.WordCharsMax) _seen.TrimExcess(0);
        Next.End();
    }
}

/// <summary>Marks words that stemmers leave alone.</summary>
internal sealed class KeywordStage(FrozenSet<string> words) : TokenStage
{
    /// <inheritdoc/>
    public override void Add(in Token token) => Next.Add(
        words.GetAlternateLookup<ReadOnlySpan<char>>().Contains(token.Term)
            ? new Token(token.Term, token.Place with { IsKeyword = true })
            : token);
}

/// <summary>
/// Pieces of a word: of some lengths from every character on, or from the first only. Characters outside the first
/// plane count as one. All stand where the word does, or each in a place of its own.
/// </summary>
/// <param name="least">Characters of the shortest.</param>
/// <param name="most">Characters of the longest.</param>
/// <param name="isEdge">Whether all begin where the word does.</param>
/// <param name="keepsOriginal">Whether a word comes whole that is shorter or longer than all of them.</param>
/// <param name="isSpread">Whether each has a place of its own.</param>
internal sealed class GramStage(int least, int most, bool isEdge, bool keepsOriginal, bool isSpread) : TokenStage
{
    private int _position;

    /// <inheritdoc/>
    public override void Begin()
    {
        _position = 0;
        Next.Begin();
    }

    /// <summary>Where a piece of so many characters ends; false where the word is shorter.</summary>
    private static bool TryEnd(ReadOnlySpan<char> word, int from, int size, out int to)
    {
        to = from;
        for (; size > 0; size--)
        {
            if (to >= word.Length) return false;
            to += char.IsHighSurrogate(word[to]) && to + 1 < word.Length && char.IsLowSurrogate(word[to + 1]) ? 2 : 1;
        }

        return true;
    }

    /// <inheritdoc/>
    public override void Add(in Token token)
    {
        var word = token.Term;
        var isWholeGiven = false;
        for (var from = 0; from < (isEdge ? 1 : word.Length); from++)
        {
            if (from > 0 && char.IsLowSurrogate(word[from]) && char.IsHighSurrogate(word[from - 1])) continue;
            for (var size = least; size <= most && TryEnd(word, from, size, out var to); size++)
            {
                isWholeGiven |= from == 0 && to == word.Length;
                Give(token.Part(from, to));
            }
        }

        if (keepsOriginal && !isWholeGiven) Give(token);
    }

    private void Give(in Token piece)
    {
        if (!isSpread) Next.Add(piece);
        else Next.Add(new Token(piece.Term, new TokenPlace(_position++, piece.Place.Start, piece.Place.End)));
    }
}
