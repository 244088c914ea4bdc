namespace Hedgerow.Protocol;

/// <summary>
/// Body of <see cref="Opcode.Spelling"/>, which a router asks a leaf: what one shard counts for corrections. A pure
/// function of its searchable documents, so that sums over shards are those of one big index.
/// </summary>
public sealed record SpellingRequest
{
    /// <summary>Most pairs or sets of words to count: 1,024.</summary>
    public const int CountsMax = 1_024;

    /// <summary>Most words near one, by shard: 4,096. Of more, the nearest and then those of most documents.</summary>
    public const int NearMax = 4_096;

    /// <summary>Name of the collection.</summary>
    public required string Collection { get; init; }

    /// <summary>A text field; empty for the first of the schema.</summary>
    public required string Field { get; init; }

    /// <summary>A text, for whose words those near them are wanted; empty for none.</summary>
    public string Text { get; init; } = "";

    /// <summary>Edits, 0 to 2.</summary>
    public int Edits { get; init; } = 2;

    /// <summary>Characters at the beginning that are not edited.</summary>
    public int PrefixLength { get; init; }

    /// <summary>Characters below which a word has no others near it.</summary>
    public int LengthMin { get; init; }

    /// <summary>
    /// Sets of terms to count documents of: those that have all of a set, and where it is a pair (see
    /// <see cref="Adjacent"/>) as neighbours.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>> Sets { get; init; } = [];

    /// <summary>Whether the terms of a set have to follow each other, where the field keeps positions.</summary>
    public bool Adjacent { get; init; }

    /// <summary>The fields that the shards of a dynamic collection have; null lets each go by its own.</summary>
    public KnownFields? KnownFields { get; init; }
}

/// <summary>What one shard counted.</summary>
/// <param name="Documents">Searchable documents.</param>
/// <param name="Words">The words of the text, at most <see cref="WordQuery.WordsMax"/>.</param>
/// <param name="Counts">Documents of each set.</param>
public sealed record SpellingReply(long Documents, IReadOnlyList<SpellingWord> Words, IReadOnlyList<long> Counts)
{    /// <summary>
    /// The fields that the shard of a dynamic collection has, where they are others than the request says; else null.
    /// </summary>
    public IReadOnlyList<KnownField>? FieldsHere { get; init; }
}

/// <summary>A word of the text.</summary>
/// <param name="Start">Where it begins, in UTF-16 characters.</param>
/// <param name="Length">How many of them it has.</param>
/// <param name="Term">What it is in the index.</param>
/// <param name="Documents">Documents that have it.</param>
/// <param name="Near">Other terms near it, in order of their bytes.</param>
public sealed record SpellingWord(
    int Start, int Length, string Term, long Documents, IReadOnlyList<NearTerm> Near);

/// <summary>A term near another.</summary>
/// <param name="Term">The term.</param>
/// <param name="Edits">How far it is.</param>
/// <param name="Documents">Documents that have it.</param>
public sealed record NearTerm(string Term, int Edits, long Documents);
