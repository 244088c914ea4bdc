namespace Hedgerow.Protocol;

/// <summary>Body of <see cref="Opcode.Bulk"/>: documents of one collection; to a leaf, all of one shard.</summary>
public sealed record BulkRequest
{
    /// <summary>Most documents in one request: 10,000. Its bytes are bounded by the message limit.</summary>
    public const int DocumentsMax = 10_000;

    /// <summary>The collection's name.</summary>
    public required string Collection { get; init; }

    /// <summary>What to write, applied in this order.</summary>
    public required IReadOnlyList<BulkDocument> Documents { get; init; }
}

/// <summary>One document to write or delete.</summary>
/// <param name="Path">Its path, under the collection's prefix.</param>
/// <param name="Version">The coordinator's clock; 0 asks the coordinator that receives it to stamp one.</param>
/// <param name="Json">The document as UTF-8 JSON; empty deletes.</param>
public readonly record struct BulkDocument(string Path, ulong Version, ReadOnlyMemory<byte> Json);

/// <summary>Answer to a bulk request. Whatever is not listed as failed is durable when the answer is sent.</summary>
public sealed record BulkReply
{
    /// <summary>Documents written or deleted.</summary>
    public required int Accepted { get; init; }

    /// <summary>The ones that were not.</summary>
    public IReadOnlyList<BulkFailure> Failures { get; init; } = [];
}

/// <summary>Why one document was not written.</summary>
/// <param name="Index">Its place in the request, from 0.</param>
/// <param name="Status">The kind of failure; <see cref="StatusCode.VersionTooOld"/> means a newer one is
/// stored.</param>
/// <param name="Message">What was wrong and what is allowed.</param>
public sealed record BulkFailure(int Index, StatusCode Status, string Message);
