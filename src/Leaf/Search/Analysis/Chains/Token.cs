namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>How a token came to be.</summary>
internal enum TokenKind : byte
{
    /// <summary>Cut from the text.</summary>
    Word,

    /// <summary>Said by a rule of synonyms.</summary>
    Synonym,

    /// <summary>Several words as one.</summary>
    Shingle,
}

/// <summary>Where a token stands.</summary>
/// <param name="Position">Place among the words of the text, from 0.</param>
/// <param name="Start">Where it begins in the text that was cut, in UTF-16 characters.</param>
/// <param name="End">Where it ends, exclusive.</param>
internal readonly record struct TokenPlace(int Position, int Start, int End)
{
    /// <summary>Positions it reaches over: above 1 only beside synonyms of several words.</summary>
    public int Length { get; init; } = 1;

    /// <summary>Where the alternatives that it is one of begin; its own position where there are none.</summary>
    public int Root { get; init; } = Position;

    /// <summary>Which of the alternatives, from 1; 0 where the token is one by itself.</summary>
    public int Way { get; init; }

    /// <summary>Which word of its alternative, from 0, gaps counted.</summary>
    public int Step { get; init; }

    /// <summary>How it came to be.</summary>
    public TokenKind Kind { get; init; }

    /// <summary>Whether stemmers leave it alone.</summary>
    public bool IsKeyword { get; init; }
}

/// <summary>A word on its way through a chain. Valid during the call that gives it.</summary>
internal readonly ref struct Token(ReadOnlySpan<char> term, TokenPlace place)
{
    /// <summary>Its characters; not empty.</summary>
    public ReadOnlySpan<char> Term { get; } = term;

    /// <summary>Where it stands.</summary>
    public TokenPlace Place { get; } = place;

    /// <summary>Another word in the same place.</summary>
    public Token With(ReadOnlySpan<char> term) => new(term, Place);

    /// <summary>
    /// A part of the word: with a place of its own in the text where the word has as many characters there, else with
    /// the whole word's.
    /// </summary>
    public Token Part(int from, int to) => new(
        Term[from..to],
        Term.Length == Place.End - Place.Start
            ? Place with { Start = Place.Start + from, End = Place.Start + to }
            : Place);
}
