using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary><c>hedgerow version</c>: which build this is.</summary>
internal static class VersionVerb
{
    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "version", "Print the version, the protocol version and the platform.",
            new Example("for a bug report", "hedgerow version"));
        var asJson = new Option<bool>("--json") { Description = "Write JSON for machines." };
        verb.Add(asJson);
        verb.SetAction(result =>
        {
            var version = typeof(VersionVerb).Assembly
                .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
            if (result.GetValue(asJson))
            {
                JsonOutput.Write(console, json =>
                {
                    json.WriteString("version", version);
                    json.WriteNumber("protocol", ProtocolLimits.Version);
                    json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
                    json.WriteString("platform", RuntimeInformation.RuntimeIdentifier);
                });
            }
            else
            {
                console.Out.WriteLine($"hedgerow {version}");
                console.Out.WriteLine(
                    $"protocol {ProtocolLimits.Version}, {RuntimeInformation.FrameworkDescription}, " +
                    RuntimeInformation.RuntimeIdentifier);
            }

            return ExitCodes.Ok;
        });
        return verb;
    }
}
