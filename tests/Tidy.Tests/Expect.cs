namespace Hedgerow.Tidy.Tests;

internal static class Expect
{
    /// <summary>Fails with every finding, a line each, so that one run shows all there is to mend.</summary>
    public static void None(IEnumerable<string> findings)
    {
        var all = findings.ToList();
        if (all.Count > 0) Assert.Fail($"{all.Count} found:\n" + string.Join('\n', all.Take(50)));
    }
}
