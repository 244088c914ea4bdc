using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Reads and writes bodies of the API.</summary>
internal static class Answers
{
    private const string JsonType = "application/json";
    private const string RetryAfterSeconds = "1";

    /// <summary>Writes a body as JSON.</summary>
    public static async Task WriteAsync<T>(HttpContext context, T answer, JsonTypeInfo<T> type, int httpStatus = 200)
    {
        // Whole before the first byte leaves: a failure to serialise is still an error answer, and the length is known.
        var body = JsonSerializer.SerializeToUtf8Bytes(answer, type);
        context.Response.StatusCode = httpStatus;
        context.Response.ContentType = JsonType;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>Writes the error of a status.</summary>
    public static Task WriteErrorAsync(HttpContext context, StatusCode status, string message)
    {
        var row = ErrorTable.Of(status);
        if (ErrorTable.IsRetryable(status)) context.Response.Headers.RetryAfter = RetryAfterSeconds;
        if (status == StatusCode.Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer";
        return WriteErrorAsync(context, row.HttpStatus, row.Code, message, row.Hint);
    }

    /// <summary>Writes an error that is HTTP's own.</summary>
    public static Task WriteErrorAsync(HttpContext context, int httpStatus, string code, string message, string hint) =>
        WriteAsync(
            context, new ErrorAnswer(new ErrorDetail(code, message, hint)), ApiJson.Wire.ErrorAnswer, httpStatus);

    /// <summary>Reads a JSON body.</summary>
    /// <exception cref="ApiException">It is none, or has members that the API does not know.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted)
                ?? throw Missing();
        }
        catch (JsonException e)
        {
            throw Malformed(e);
        }
    }

    /// <summary>Reads a JSON body that is all there.</summary>
    /// <exception cref="ApiException">As of <see cref="ReadAsync"/>.</exception>
    public static T Read<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw Missing();
        }
        catch (JsonException e)
        {
            throw Malformed(e);
        }
    }

    private static ApiException Missing() => ApiException.BadRequest("The body is null; a JSON object is expected.");

    private static ApiException Malformed(JsonException e) =>
        ApiException.BadRequest($"The body is not what is expected here: {Plain(e)}");

    /// <summary>A parser's message without the names of this program's types.</summary>
    private static string Plain(JsonException e)
    {
        var message = e.Message;
        var cut = message.IndexOf(" could not be mapped to any .NET member", StringComparison.Ordinal);
        if (cut > 0) return message[..cut] + " is not known here.";
        if (message.Contains("could not be converted", StringComparison.Ordinal))
            return $"The value at {e.Path} is of another type.";
        cut = message.IndexOf("was missing required properties", StringComparison.Ordinal);
        return cut < 0 ? message : "It " + message[cut..];
    }
}
