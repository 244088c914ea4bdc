using System.CommandLine;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary><c>hedgerow demo</c>: the main job on real data, step by step, each step checked.</summary>
internal static class DemoVerb
{
    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "demo",
            "Start a cluster, fill it with real data, read, search, slow a replica down, kill one; check each step.",
            new Example("see it, then play with it", "hedgerow demo"),
            new Example("as a check: exits 0 when every step did what it says", "hedgerow demo --once"));
        var once = new Option<bool>("--once") { Description = "End after the last step rather than stay up." };
        verb.Add(once);
        verb.SetAction((result, cancel) => Demo.DemoTour.RunAsync(console, result.GetValue(once), cancel));
        return verb;
    }
}
