using System.CommandLine;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary><c>hedgerow fault</c>: makes one leaf misbehave, for tests and demonstrations.</summary>
internal static class FaultVerb
{
    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "fault",
            "Make one leaf slow or failing on purpose, until healed. Only leaves started with faults allowed take it.",
            new Example("stall 1 % of its answers by 100 ms", "hedgerow fault leaf-1 --delay-share 0.01 --delay 100ms"),
            new Example("heal it", "hedgerow fault leaf-1 --heal"));
        var leaf = new Argument<string>("LEAF") { Description = "The leaf's id in the topology." };
        var delayShare = Share("--delay-share", "Share of its answers to delay,");
        var delay = ClientOptions.DurationOption("--delay", "By how much, up to 60s.");
        var errorShare = Share("--error-share", "Share of its answers to fail,");
        var heal = new Option<bool>("--heal") { Description = "Back to normal." };
        var client = new ClientOptions(console);
        foreach (var option in new Option[] { delayShare, delay, errorShare, heal }) verb.Add(option);
        verb.Add(leaf);
        client.AddTo(verb);
        verb.SetAction(async (result, cancel) =>
        {
            var micros = (result.GetValue(delay) ?? TimeSpan.Zero).TotalMicroseconds;
            var fault = new FaultRequest(
                result.GetValue(delayShare), (uint)Math.Min(micros, 60_000_000), result.GetValue(errorShare));
            if (fault == new FaultRequest(0, 0, 0) != result.GetValue(heal))
                throw CliException.Usage("fault wants --delay-share and --delay, or --error-share, or --heal alone.");
            await using var cluster = await client.ConnectAsync(result, cancel);
            var name = result.GetRequiredValue(leaf);
            await cluster.SetFaultAsync(name, fault, cancel);
            console.Out.WriteLine(Describe(name, fault));
            return ExitCodes.Ok;
        });
        return verb;
    }

    private static string Describe(string leaf, FaultRequest fault) => fault switch
    {
        { DelayShare: 0, ErrorShare: 0 } => $"{leaf} is healed.",
        { ErrorShare: 0 } => $"{leaf} delays {fault.DelayShare:P1} of its answers by {fault.DelayMicros / 1_000.0} ms.",
        _ => $"{leaf} fails {fault.ErrorShare:P1} and delays {fault.DelayShare:P1} of its answers.",
    };

    private static Option<double> Share(string name, string description) =>
        NumberOption.Create(name, "SHARE", 0.0, 0.0, 1.0, description);
}
