using Hedgerow.Protocol;
using Hedgerow.Server.Metrics;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Every status as HTTP tells it: the HTTP status, the code in the body, and what to do about it.</summary>
internal static class ErrorTable
{
    /// <summary>The row of a status.</summary>
    public static Row Of(StatusCode status)
    {
        var (http, hint) = status switch
        {
            StatusCode.Ok => (200, ""),
            StatusCode.NotFound => (404, "Check the path; the entry may have expired or been evicted."),
            StatusCode.Exists => (412, "Read it first, or leave out If-None-Match to overwrite it."),
            StatusCode.VersionMismatch => (412, "Read it again and send its ETag in If-Match."),
            StatusCode.VersionTooOld => (409, "A newer version is stored. Read it again and decide anew."),
            StatusCode.NotANumber => (409, "Store a decimal 64-bit number first."),
            StatusCode.WrongKind => (409, "It is a map of fields, or none: use HGET and HSET over RESP, or delete it."),
            StatusCode.Cancelled => (499, "The request was given up before it was done; send it again."),
            StatusCode.DeadlineExceeded => (504, "See /v1/status, router.timeout and router.searchTimeout."),
            StatusCode.Overloaded => (503, "Nothing was done. Wait and send it again, more slowly."),
            StatusCode.WrongShard => (503, "The topology is changing; send it again."),
            StatusCode.Unavailable => (503, "Nothing was done. Send it again soon; /readyz and /v1/status say more."),
            StatusCode.ReadOnly => (507, "The disk is full or read-only: make room on it. Reads go on."),
            StatusCode.BadRequest => (400, "Correct the request; docs/OPERATIONS.md lists the HTTP API."),
            StatusCode.TooLarge => (413, "Send less; the settings limits.value and http.bulk hold the limits."),
            StatusCode.UnknownOpcode => (501, "Some node of the cluster is too old for this operation: upgrade it."),
            StatusCode.UnsupportedVersion => (501, "Some node of the cluster is of another version: upgrade it."),
            StatusCode.Unauthorized => (401, "Send 'Authorization: Bearer TOKEN' with the token of auth.token."),
            StatusCode.NoSuchCollection => (404, "Declare it first with PUT /v1/collections/NAME."),
            StatusCode.BadQuery => (400, "Correct the query where the message points."),
            StatusCode.BadDocument => (422, "Make the document a JSON object that fits the collection's schema."),
            StatusCode.SchemaConflict => (
                409, "Fields can be added; to change them, POST the new schema to /v1/collections/{name}/reindex."),
            StatusCode.Corrupt => (500, "Stored bytes are damaged; the server's log names the file."),
            StatusCode.NotOwner => (503, "The topology is changing; send it again."),
            StatusCode.PointInTimeGone => (404, "Open another with POST /v1/collections/NAME/pit."),
            StatusCode.Internal => (500, "This is a defect of the server; its log has more."),
            _ => (500, "This is a defect of the server: it met a status it does not know."),
        };
        return new Row(http, Words.Of(status), hint);
    }

    /// <summary>Whether the same request may well succeed in a second.</summary>
    public static bool IsRetryable(StatusCode status) => status is StatusCode.Overloaded or StatusCode.Unavailable
        or StatusCode.WrongShard or StatusCode.NotOwner or StatusCode.DeadlineExceeded;

    /// <summary>One status.</summary>
    internal readonly record struct Row(int HttpStatus, string Code, string Hint);
}
