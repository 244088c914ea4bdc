using Microsoft.Extensions.DependencyInjection;

namespace Hedgerow.Router;

/// <summary>Registration with dependency injection.</summary>
public static class HedgerowServiceExtensions
{
    /// <summary>
    /// Registers one shared <see cref="HedgerowClient"/> that connects on its first use, and is disposed with the container.
    /// </summary>
    public static IServiceCollection AddHedgerow(
        this IServiceCollection services, Action<HedgerowClientOptions> configure) => throw new NotImplementedException();
}
