using System.Buffers;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Microsoft.AspNetCore.Http.Features;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>/v1/entries: one entry or document by its path. The body is the value.</summary>
internal sealed class EntryEndpoints
{
    private const string Prefix = "/v1/entries";
    private const string Octets = "application/octet-stream";
    private const string Json = "application/json";
    private const int FirstReadBytes = 64 * 1024;

    private readonly ApiGate _gate;
    private readonly HttpSessions _sessions;
    private readonly TimeProvider _time;
    private readonly int _valueBytesMax;

    public EntryEndpoints(ApiGate gate, HttpSessions sessions, TimeProvider time, int valueBytesMax)
    {
        _gate = gate;
        _sessions = sessions;
        _time = time;
        _valueBytesMax = valueBytesMax;
    }

    /// <summary>Adds the routes; with and without a path, which may also be in the query.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var pattern in (ReadOnlySpan<string>)[Prefix, Prefix + "/{**path}"])
        {
            routes.MapMethods(pattern, ["GET", "HEAD"], GetAsync).WithDisplayName("entry_get");
            routes.MapPut(pattern, PutAsync).WithDisplayName("entry_put");
            routes.MapDelete(pattern, DeleteAsync).WithDisplayName("entry_delete");
        }
    }

    private async Task GetAsync(HttpContext context)
    {
        var path = RawPath.Read(context, Prefix);
        var versionMin = EntryHeaders.ReadVersionMin(context.Request);
        using var entry = await _sessions.ClientOf(context).GetAsync(Path(path), versionMin, context.RequestAborted);
        if (!entry.Found) throw new ApiException(StatusCode.NotFound, $"No entry has the path {Show(path)}.");
        if (entry.Kind == EntryKind.Fields)
            throw new ApiException(StatusCode.WrongKind, $"The entry {Show(path)} is a map of fields.");
        var response = context.Response;
        EntryHeaders.Write(response.Headers, entry, _time);
        if (EntryHeaders.Matches(context.Request, entry.Version))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = WantsJson(context.Request) ? Json : Octets;
        response.ContentLength = entry.Value.Length;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        // The value lies in a pooled buffer until this method ends: it is written out whole before that.
        await response.Body.WriteAsync(entry.Value, context.RequestAborted);
        await response.Body.FlushAsync(context.RequestAborted);
    }

    private async Task PutAsync(HttpContext context)
    {
        var path = RawPath.Read(context, Prefix);
        var options = EntryHeaders.ReadOptions(context.Request);
        var condition = EntryHeaders.ReadCondition(context.Request);
        // The first request of a session may be a write.
        _ = _sessions.ClientOf(context);
        RefreshChoice.Check(context.Request);
        var (buffer, length) = await ReadValueAsync(context);
        try
        {
            var value = buffer.AsMemory(0, length);
            var result = await WriteAsync(path, value, options, condition, context.RequestAborted);
            if (result.Succeeded) await RefreshChoice.ApplyAsync(context.Request, _gate.Client, path);
            await AnswerAsync(context, path, result, condition);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var path = RawPath.Read(context, Prefix);
        var condition = EntryHeaders.ReadCondition(context.Request);
        if (condition.Kind == WriteConditionKind.Absent)
            throw ApiException.BadRequest("If-None-Match has no meaning for DELETE; If-Match has.");
        RefreshChoice.Check(context.Request);
        var result = await _gate.Client.DeleteAsync(Path(path), condition.Version, context.RequestAborted);
        if (result.Succeeded) await RefreshChoice.ApplyAsync(context.Request, _gate.Client, path);
        await AnswerAsync(context, path, result, condition);
    }

    private ValueTask<WriteResult> WriteAsync(
        byte[] path, ReadOnlyMemory<byte> value, WriteOptions options, WriteCondition condition,
        CancellationToken cancel) => condition.Kind switch
        {
            WriteConditionKind.Absent => _gate.Client.AddAsync(Path(path), value, options, cancel),
            WriteConditionKind.Present => _gate.Client.ReplaceAsync(Path(path), value, options, cancel),
            WriteConditionKind.Version => _gate.Client.CompareAndSetAsync(
                Path(path), value, condition.Version, options, cancel),
            _ => _gate.Client.SetAsync(Path(path), value, options, cancel),
        };

    private static Task AnswerAsync(HttpContext context, byte[] path, WriteResult result, WriteCondition condition)
    {
        if (result.Version != 0) context.Response.Headers.ETag = EntryHeaders.ETag(result.Version);
        if (result.Succeeded)
        {
            var answer = new WriteAnswer(
                Encoding.UTF8.GetString(path), Format(result.Version), result.Replicas);
            return Answers.WriteAsync(context, answer, ApiJson.Wire.WriteAnswer);
        }

        // A condition that did not hold is a failed precondition, whether or not something is stored.
        var (status, message) = condition.Refusal(Encoding.UTF8.GetString(path), result);
        throw new ApiException(status, message);
    }

    private async Task<(byte[] Buffer, int Length)> ReadValueAsync(HttpContext context)
    {
        // One byte above the limit, so that a value over it is seen; Kestrel would cut the connection instead.
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = _valueBytesMax + 1L;
        var announced = context.Request.ContentLength;
        if (announced > _valueBytesMax) throw TooLarge(announced.Value);
        var buffer = ArrayPool<byte>.Shared.Rent((int)(announced ?? FirstReadBytes) + 1);
        var length = 0;
        try
        {
            while (true)
            {
                var read = await context.Request.Body.ReadAsync(buffer.AsMemory(length), context.RequestAborted);
                if (read == 0) return (buffer, length);
                length += read;
                if (length > _valueBytesMax) throw TooLarge(length);
                if (length == buffer.Length) buffer = Grow(buffer);
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    private byte[] Grow(byte[] full)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(full.Length * 2L, _valueBytesMax + 1L));
        full.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(full);
        return larger;
    }

    private ApiException TooLarge(long bytes) => new(
        StatusCode.TooLarge,
        $"The value has {bytes} bytes or more; at most {_valueBytesMax} are allowed (limits.value).");

    private static bool WantsJson(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains(Json, StringComparison.OrdinalIgnoreCase);

    private static EntryPath Path(byte[] path) =>
        path.Length <= ProtocolLimits.PathBytesMax
            ? new EntryPath(path)
            : throw new ApiException(StatusCode.TooLarge, CacheCommand.TooLongPath(path.Length));

    private static string Format(ulong version) =>
        version.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Show(byte[] path) => $"'{Encoding.UTF8.GetString(path)}'";
}
