using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Hedgerow.Router;

/// <summary>Registration with dependency injection.</summary>
public static class HedgerowServiceExtensions
{
    /// <summary>
    /// Registers one shared <see cref="HedgerowClient"/> that connects on its first use, and again on the next when
    /// that failed; it is disposed with the container. Uses the container's <see cref="TimeProvider"/> and loggers if
    /// there are any.
    /// </summary>
    public static IServiceCollection AddHedgerow(
        this IServiceCollection services, Action<HedgerowClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<HedgerowClientOptions>().Configure(configure);
        services.TryAddSingleton(static provider =>
        {
            var options = provider.GetRequiredService<IOptions<HedgerowClientOptions>>().Value;
            var time = provider.GetService<TimeProvider>() ?? TimeProvider.System;
            var logs = provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
            var router = new LazyRouter(options, time, logs);
            return new HedgerowClient(router, options, time, router);
        });
        return services;
    }
}
