namespace Hedgerow.Server.Tests;

/// <summary>How long tests that draw at random go on, by the environment.</summary>
internal static class Rounds
{
    /// <summary>How many times as long as usual: HEDGEROW_ROUNDS.</summary>
    public static int Count { get; } = Math.Max(1, Number("HEDGEROW_ROUNDS"));

    /// <summary>What is added to each test's own seed: HEDGEROW_SEED.</summary>
    public static int Seed { get; } = Number("HEDGEROW_SEED");

    private static int Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number : 0;
}
