using System.Diagnostics;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Metrics;
using Microsoft.AspNetCore.Http.Features;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// /v1/collections/NAME/bulk: documents as lines of JSON (see <see cref="BulkLine"/>), streamed: what the cluster can't
/// take yet is not read yet. A line that is wrong is reported by its number and does not stop the others.
/// </summary>
internal sealed class BulkEndpoint
{
    private const int FailuresMax = 1_000;
    private const int BytesBesideDocument = 64 * 1024;

    private readonly ApiGate _gate;
    private readonly long _bodyBytesMax;
    private readonly int _lineBytesMax;

    public BulkEndpoint(ApiGate gate, long bodyBytesMax, int valueBytesMax)
    {
        _gate = gate;
        _bodyBytesMax = bodyBytesMax;
        _lineBytesMax = valueBytesMax + BytesBesideDocument;
    }

    /// <summary>Adds the route.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/collections/{name}/bulk", PostAsync).WithDisplayName("bulk");

    private async Task PostAsync(HttpContext context)
    {
        var startedAt = Stopwatch.GetTimestamp();
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = _bodyBytesMax;
        var name = CollectionEndpoints.NameOf(context);
        var client = _gate.Client;
        var found = await client.GetCollectionAsync(name, context.RequestAborted)
            ?? throw new ApiException(StatusCode.NoSuchCollection, $"No collection '{name}' is declared.");
        name = found.Schema.Name;
        var idField = context.Request.Query.TryGetValue("id", out var given) ? given.ToString() : "id";
        RefreshChoice.Check(context.Request);
        var run = new BulkRun(found.Schema.PathPrefix, idField);
        await using var writer = client.OpenBulk(name);
        using var lines = new LineReader(context.Request.BodyReader, _lineBytesMax);
        while (await lines.ReadAsync(context.RequestAborted) is { } line)
        {
            if (!run.TryTake(line, out var document)) continue;
            await writer.AddAsync(document.Path, document.Json, document.Condition, context.RequestAborted);
        }

        await writer.CompleteAsync(context.RequestAborted);
        await RefreshChoice.ApplyAsync(context.Request, client, name);
        await AnswerAsync(context, run, writer, startedAt);
    }

    private static Task AnswerAsync(HttpContext context, BulkRun run, BulkWriter writer, long startedAt)
    {
        var refused = writer.Failures.Select(
            f => new BulkLineFailure(run.LineOf(f.Index), Words.Of(f.Status), f.Message));
        var failures = run.Broken.Concat(refused)
            .OrderBy(f => f.Line).Take(FailuresMax).ToArray();
        var accepted = writer.Acknowledged;
        var took = Math.Round(Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds, 3);
        var answer = new BulkAnswer(took, accepted, run.Documents - accepted + run.Broken.Count, failures);
        return Answers.WriteAsync(context, answer, ApiJson.Wire.BulkAnswer);
    }
}
