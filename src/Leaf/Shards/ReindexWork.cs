using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Fills the new index of one shard from the one that serves, page by page in order of paths, while writes go to both:
/// with the documents and with the deletes that are remembered, so that an older write which comes late brings back
/// nothing.
/// </summary>
/// <remarks>
/// A page is read on maintenance and written on the lane, so that a document deleted or written meanwhile has a version
/// above the copied one, which is then refused. The log is not written: what it has of the collection is applied to
/// both indexes when it is replayed, and after a start the filling begins again, passing over what is there.
/// </remarks>
internal sealed class ReindexWork(
    ShardEngine shard, DocumentCollection source, DocumentCollection target, ShardContext context)
{
    /// <summary>Documents of a page, which are read at once.</summary>
    private const int PageDocuments = 512;

    /// <summary>Documents written in one turn on the lane: about a millisecond, for which other writes wait.</summary>
    private const int TurnDocuments = 32;

    private string _after = "";

    /// <summary>Begins, in the background.</summary>
    public void Begin() => context.Maintenance.PostIdle(NextPage);

    private void NextPage()
    {
        if (shard.IsDisposed || target.IsDropped || target.Reindexing is not { Problem: null } progress) return;
        try
        {
            var page = source.Readable.Scan(_after, PageDocuments, withDeleted: true);
            for (var from = 0; from < page.Documents.Count && progress.Problem is null; from += TurnDocuments)
            {
                var turn = from;
                shard.Lane.RunAndWait(() => Write(page.Documents, turn, progress));
            }

            if (progress.Problem is not null) return;
            progress.Add(page.Documents.Count(document => !document.Json.IsEmpty));
            if (target.Index.UnflushedBytes > context.Limits.FlushBytes || !page.More) shard.Flusher.FlushNow(target);
            if (!page.More)
            {
                progress.Complete();
                return;
            }

            _after = page.Documents[^1].Path;
            context.Maintenance.PostIdle(NextPage);
        }
        catch (IOException failed)
        {
            progress.Fail($"Shard {shard.Id}: {failed.Message}");
        }
    }

    /// <summary>Lane.</summary>
    private void Write(IReadOnlyList<BulkDocument> documents, int from, Reindexing progress)
    {
        if (!target.IsUsable) return;
        for (var i = from; i < Math.Min(from + TurnDocuments, documents.Count); i++)
        {
            var document = documents[i];
            var path = Encoding.UTF8.GetBytes(document.Path);
            if (target.Index.StoredVersion(path) >= document.Version) continue;
            var status = document.Json.IsEmpty
                ? target.Index.Delete(path, document.Version, out _, out var error)
                : Put(path, document, out error);
            if (status is StatusCode.Ok or StatusCode.NotFound or StatusCode.VersionTooOld) continue;
            progress.Fail($"The document {document.Path} does not fit the new schema: {error}");
            return;
        }

        target.IsStale = true;
    }

    private StatusCode Put(byte[] path, in BulkDocument document, out string? error)
    {
        var status = target.Index.Validate(path, document.Json.Span, out error);
        if (status == StatusCode.Ok) status = target.Index.CheckWork(out error);
        return status == StatusCode.Ok
            ? target.Index.Put(path, document.Version, document.Json.Span, out _, out error, isValidated: true)
            : status;
    }
}
