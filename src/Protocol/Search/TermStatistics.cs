namespace Hedgerow.Protocol;

/// <summary>
/// What BM25 needs to know of the whole collection: reply to <see cref="Opcode.TermStatistics"/> from one shard, and,
/// summed, part of the search request. Scores depend on nothing else, so a document scores the same on any shard.
/// </summary>
public sealed record TermStatistics
{
    /// <summary>Live documents of the collection.</summary>
    public required long Documents { get; init; }

    /// <summary>One row per text field that the query scores on.</summary>
    public required IReadOnlyList<FieldStatistics> Fields { get; init; }

    /// <summary>One row per field and term that the query scores on.</summary>
    public required IReadOnlyList<TermFrequency> Terms { get; init; }

    /// <summary>
    /// The nearest documents of each <see cref="KnnQuery"/> of the tree, in the order in which they stand in it. In a
    /// search these are the documents that match it, wherever they live.
    /// </summary>
    public IReadOnlyList<NearestDocuments> Nearest { get; init; } = [];
}

/// <summary>Totals of one text field.</summary>
/// <param name="Field">The field's name.</param>
/// <param name="Documents">Documents that have at least one token in it.</param>
/// <param name="Tokens">Tokens in all of them.</param>
public sealed record FieldStatistics(string Field, long Documents, long Tokens);

/// <summary>In how many documents a term occurs.</summary>
/// <param name="Field">The field's name.</param>
/// <param name="Term">The analysed term.</param>
/// <param name="Documents">Documents of the field that contain it.</param>
public sealed record TermFrequency(string Field, string Term, long Documents);

/// <summary>What one query for nearest vectors found.</summary>
/// <param name="K">Documents that were wanted.</param>
/// <param name="Documents">At most as many, nearest first, ties by path.</param>
public sealed record NearestDocuments(int K, IReadOnlyList<NearestDocument> Documents);

/// <summary>One of them.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Score">Its score without a boost.</param>
public sealed record NearestDocument(string Path, float Score);
