using Hedgerow.Server.Hosting;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Probes: /healthz says that the process runs; /readyz whether it wants requests, and why not.</summary>
internal static class HealthEndpoints
{
    /// <summary>Paths that are answered without credentials.</summary>
    public static bool IsProbe(PathString path) => path == "/healthz" || path == "/readyz";

    /// <summary>Adds the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes, NodeReadiness readiness)
    {
        routes.MapGet("/healthz", context =>
                Answers.WriteAsync(context, new HealthAnswer("alive", null), ApiJson.Wire.HealthAnswer))
            .WithDisplayName("healthz");
        routes.MapGet("/readyz", context =>
            {
                var (isReady, state, reason) = readiness.Current;
                var answer = new HealthAnswer(state, reason.Length == 0 ? null : reason);
                return Answers.WriteAsync(context, answer, ApiJson.Wire.HealthAnswer, isReady ? 200 : 503);
            })
            .WithDisplayName("readyz");
    }
}
