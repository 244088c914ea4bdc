using System.CommandLine;

namespace Hedgerow.Server.Cli;

/// <summary>One line of a verb's help that can be typed as it stands.</summary>
internal readonly record struct Example(string Says, string CommandLine);

/// <summary>A verb: its options and arguments, and examples for its help.</summary>
internal sealed class VerbCommand : Command
{
    private readonly Example[] _examples;

    public VerbCommand(string name, string description, params Example[] examples)
        : base(name, description)
    {
        _examples = examples;
    }

    /// <summary>Ends its help.</summary>
    public void WriteExamples(TextWriter output)
    {
        output.WriteLine("Examples:");
        foreach (var example in _examples)
        {
            output.WriteLine($"  # {example.Says}");
            output.WriteLine($"  {example.CommandLine}");
        }

        output.WriteLine();
    }
}
