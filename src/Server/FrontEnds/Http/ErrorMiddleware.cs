using System.Diagnostics;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Metrics;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Around every request: one shape for errors, and one measurement.</summary>
internal static partial class ErrorMiddleware
{
    private const int ClientClosedRequest = 499;

    /// <summary>Runs the request, and turns what it throws into an answer.</summary>
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next, ILogger log)
    {
        var startedAt = Stopwatch.GetTimestamp();
        try
        {
            await next(context);
            await AnswerUnroutedAsync(context);
        }
        catch (ApiException e)
        {
            await AnswerAsync(context, e.Status, e.Message);
        }
        catch (HedgerowException e)
        {
            await AnswerAsync(context, e.Status, e.Message);
        }
        catch (BadHttpRequestException e)
        {
            await AnswerAsync(context, e.StatusCode == 413 ? StatusCode.TooLarge : StatusCode.BadRequest, e.Message);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer; the status is for the metrics.
            if (!context.Response.HasStarted) context.Response.StatusCode = ClientClosedRequest;
        }
        catch (Exception defect)
        {
            LogDefect(log, context.Request.Method, context.Request.Path, defect);
            await AnswerAsync(context, StatusCode.Internal, "The server failed on this request; its log says how.");
        }

        var operation = context.GetEndpoint()?.DisplayName ?? "unrouted";
        ServerMeter.HttpRequest(operation, context.Response.StatusCode, startedAt);
    }

    private static Task AnswerAsync(HttpContext context, StatusCode status, string message)
    {
        if (!context.Response.HasStarted) return Answers.WriteErrorAsync(context, status, message);
        // Half an answer is out: cutting the connection is the only way left to say that it is not whole.
        context.Abort();
        return Task.CompletedTask;
    }

    // Routing answers these with an empty body; they get the shape of every other error.
    private static Task AnswerUnroutedAsync(HttpContext context)
    {
        if (context.Response.HasStarted || context.Response.ContentLength > 0) return Task.CompletedTask;
        return context.Response.StatusCode switch
        {
            404 when context.GetEndpoint() == null => Answers.WriteErrorAsync(
                context, 404, "no_such_route", $"There is no {context.Request.Path} here.",
                "docs/OPERATIONS.md lists the HTTP API; it begins with /v1/."),
            405 => Answers.WriteErrorAsync(
                context, 405, "method_not_allowed",
                $"{context.Request.Method} is not a method of {context.Request.Path}.",
                $"Allowed: {context.Response.Headers.Allow}."),
            _ => Task.CompletedTask,
        };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} met a defect.")]
    private static partial void LogDefect(ILogger logger, string method, PathString path, Exception defect);
}
