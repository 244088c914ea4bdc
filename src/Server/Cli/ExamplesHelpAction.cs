using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Hedgerow.Server.Cli;

/// <summary>The library's help, followed by the verb's examples.</summary>
internal sealed class ExamplesHelpAction : SynchronousCommandLineAction
{
    private readonly HelpAction _help;

    public ExamplesHelpAction(HelpAction help)
    {
        _help = help;
    }

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        _help.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        switch (parseResult.CommandResult.Command)
        {
            case VerbCommand verb:
                verb.WriteExamples(output);
                break;
            case RootCommand:
                output.WriteLine("Start here:");
                output.WriteLine("  hedgerow demo             the product on real data, step by step");
                output.WriteLine("  hedgerow serve            a cluster in one process, on 127.0.0.1:7600");
                output.WriteLine("  hedgerow VERB --help      options and examples of one verb");
                output.WriteLine();
                output.WriteLine("From a checkout: dotnet run -c Release --project src/Server -- VERB ...");
                output.WriteLine("Exit codes: 0 well, 1 failed or not found, 2 wrong usage.");
                break;
        }

        return ExitCodes.Ok;
    }
}
