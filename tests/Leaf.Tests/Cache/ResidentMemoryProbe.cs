using System.Globalization;
using Hedgerow.Bench.Mixes;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>
/// Runs a mix on a store in a process of its own and prints what became of the process's memory: beside other tests
/// that says nothing about one store.
/// </summary>
internal static class ResidentMemoryProbe
{
    public const string Verb = "resident-memory-probe";

    /// <summary>The arguments behind the verb are the number of the mix and the bytes of the budget.</summary>
    public static int Run(string[] args)
    {
        var mix = StoreMix.All[int.Parse(args[1], CultureInfo.InvariantCulture)];
        Console.WriteLine(MixRun.Run(mix, long.Parse(args[2], CultureInfo.InvariantCulture)).ToLine());
        return 0;
    }
}
