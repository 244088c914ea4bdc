using Hedgerow.Leaf.Tests.Durability;
using Xunit.MicrosoftTestingPlatform;

namespace Hedgerow.Leaf.Tests;

/// <summary>Runs the tests; or, as the child of a crash test, writes until it is killed.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is [CrashWriter.Verb, ..]) return await CrashWriter.Run(args);
        return await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
    }
}
