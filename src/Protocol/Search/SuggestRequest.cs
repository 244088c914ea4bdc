namespace Hedgerow.Protocol;

/// <summary>Body of <see cref="Opcode.Suggest"/>: completions, and corrections of words and of whole texts.</summary>
public sealed record SuggestRequest
{
    /// <summary>Most suggestions of each kind in one request: 16.</summary>
    public const int KindMax = 16;

    /// <summary>Most options of one: 100.</summary>
    public const int SizeMax = 100;

    /// <summary>Name of the collection.</summary>
    public required string Collection { get; init; }

    /// <summary>Texts to complete.</summary>
    public IReadOnlyList<CompletionQuery> Completions { get; init; } = [];

    /// <summary>Words to correct. Router only.</summary>
    public IReadOnlyList<WordQuery> Words { get; init; } = [];

    /// <summary>Texts to correct as wholes. Router only.</summary>
    public IReadOnlyList<PhraseCorrection> Phrases { get; init; } = [];

    /// <summary>Router only: whether an answer without every shard is better than an error.</summary>
    public bool AllowPartial { get; init; } = true;
}

/// <summary>Asks for the heaviest texts of a completion field that begin so.</summary>
/// <param name="Name">What the answer calls it.</param>
/// <param name="Field">A completion field.</param>
/// <param name="Prefix">Its beginning, at most 255 characters; case, accents and repeated blanks do not matter.</param>
public sealed record CompletionQuery(string Name, string Field, string Prefix)
{
    /// <summary>Characters of the longest prefix, and of the longest text that a document may offer: 255.</summary>
    public const int CharactersMax = 255;

    /// <summary>Most weight, and the number of all: 2,147,483,647.</summary>
    public const int WeightMax = int.MaxValue;

    /// <summary>Options to return at most.</summary>
    public int Size { get; init; } = 5;

    /// <summary>Whether each text is given once, with the document where it weighs most.</summary>
    public bool SkipDuplicates { get; init; } = true;

    /// <summary>0 to 2, or <see cref="FuzzyQuery.AutoEdits"/>; fewer edits come first.</summary>
    public int Edits { get; init; }

    /// <summary>Characters at the beginning that are not edited.</summary>
    public int PrefixLength { get; init; } = 1;

    /// <summary>Characters below which nothing is edited.</summary>
    public int LengthMin { get; init; } = 3;

    /// <summary>What a document has to match besides; null for nothing.</summary>
    public QueryNode? Filter { get; init; }
}

/// <summary>When a word gets options.</summary>
public enum SuggestMode : byte
{
    /// <summary>Where no document has it.</summary>
    Missing = 0,

    /// <summary>Always, and only options that more documents have than the word.</summary>
    Popular = 1,

    /// <summary>Always.</summary>
    Always = 2,
}

/// <summary>Asks for words of the index near those of a text.</summary>
/// <param name="Name">What the answer calls it.</param>
/// <param name="Field">A text field, empty for the first; where it stems, options are stems.</param>
/// <param name="Text">The words.</param>
public sealed record WordQuery(string Name, string Field, string Text)
{
    /// <summary>Words of a text that are looked at; those behind them are passed over: 16.</summary>
    public const int WordsMax = 16;

    /// <summary>Options of each word.</summary>
    public int Size { get; init; } = 5;

    /// <summary>When a word gets options.</summary>
    public SuggestMode Mode { get; init; }

    /// <summary>1 or 2.</summary>
    public int Edits { get; init; } = 2;

    /// <summary>Characters at the beginning that are not edited.</summary>
    public int PrefixLength { get; init; } = 1;

    /// <summary>Characters below which a word gets no options.</summary>
    public int LengthMin { get; init; } = 4;

    /// <summary>Whether options that more documents have come first, rather than those that are nearer.</summary>
    public bool ByFrequency { get; init; }
}

/// <summary>Asks for texts that a whole text may have been meant as, each of which finds something.</summary>
/// <param name="Name">What the answer calls it.</param>
/// <param name="Field">A text field; empty for the first of the schema.</param>
/// <param name="Text">What was typed.</param>
public sealed record PhraseCorrection(string Name, string Field, string Text)
{
    /// <summary>Options to return at most.</summary>
    public int Size { get; init; } = 1;

    /// <summary>1 or 2.</summary>
    public int Edits { get; init; } = 2;

    /// <summary>Characters at the beginning of a word that are not edited.</summary>
    public int PrefixLength { get; init; } = 1;

    /// <summary>Characters below which a word is taken as it is.</summary>
    public int LengthMin { get; init; } = 4;

    /// <summary>Most words that may be other ones.</summary>
    public int ErrorsMax { get; init; } = 2;

    /// <summary>Whether an option has to have a document with all its words.</summary>
    public bool Collate { get; init; } = true;
}

/// <summary>Answer to a request for suggestions.</summary>
public sealed record SuggestReply
{
    /// <summary>Completions, in the order of the request.</summary>
    public IReadOnlyList<CompletionAnswer> Completions { get; init; } = [];

    /// <summary>Words, likewise.</summary>
    public IReadOnlyList<WordAnswer> Words { get; init; } = [];

    /// <summary>Texts, likewise.</summary>
    public IReadOnlyList<PhraseAnswer> Phrases { get; init; } = [];

    /// <summary>What the answer stands for.</summary>
    public required Coverage Coverage { get; init; }
}

/// <summary>
/// Options, heaviest first; ties by their text as it is compared, then as it is written, then by path.
/// </summary>
public sealed record CompletionAnswer(string Name, IReadOnlyList<CompletionOption> Options);

/// <summary>One completion.</summary>
/// <param name="Text">As the document has it.</param>
/// <param name="Weight">0 to <see cref="CompletionQuery.WeightMax"/>.</param>
/// <param name="Edits">Edits between the prefix asked for and the nearest beginning of the text.</param>
/// <param name="Path">The document.</param>
/// <param name="Key">The text as it is compared: lower case, without accents.</param>
public sealed record CompletionOption(string Text, int Weight, int Edits, string Path, string Key);

/// <summary>The words of a text with their options.</summary>
public sealed record WordAnswer(string Name, IReadOnlyList<WordRow> Words);

/// <summary>One word of a text.</summary>
/// <param name="Text">As it stands in the text.</param>
/// <param name="Start">Where it begins, in UTF-16 characters.</param>
/// <param name="Documents">Documents that have it.</param>
/// <param name="Options">Words near it, best first.</param>
public sealed record WordRow(string Text, int Start, long Documents, IReadOnlyList<WordOption> Options);

/// <summary>A word of the index near another.</summary>
/// <param name="Text">The word.</param>
/// <param name="Edits">How far it is.</param>
/// <param name="Score">1 less the edits by the characters of the longer of the two.</param>
/// <param name="Documents">Documents that have it.</param>
public sealed record WordOption(string Text, int Edits, double Score, long Documents);

/// <summary>What a text may have been meant as.</summary>
public sealed record PhraseAnswer(string Name, IReadOnlyList<PhraseOption> Options);

/// <summary>One correction of a text.</summary>
/// <param name="Text">The text with other words in it.</param>
/// <param name="Highlighted">
/// The same with the other words between <c>&lt;em&gt;</c> and <c>&lt;/em&gt;</c>, escaped for HTML.
/// </param>
/// <param name="Score">Logarithm of how likely it is; higher is likelier.</param>
/// <param name="Documents">Documents that have all its words; -1 where it was not asked for.</param>
public sealed record PhraseOption(string Text, string Highlighted, double Score, long Documents);
