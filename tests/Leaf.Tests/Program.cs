using Hedgerow.Leaf.Tests.Cache;
using Hedgerow.Leaf.Tests.Durability;
using Xunit.MicrosoftTestingPlatform;

namespace Hedgerow.Leaf.Tests;

/// <summary>Runs the tests; or, as the child of a test, does what its first argument says.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is [CrashWriter.Verb, ..]) return await CrashWriter.Run(args);
        if (args is [ResidentMemoryProbe.Verb, ..]) return ResidentMemoryProbe.Run(args);
        return await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
    }
}
