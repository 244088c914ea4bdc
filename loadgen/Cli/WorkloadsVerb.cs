using System.CommandLine;
using Hedgerow.LoadGen.Running;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Cli;

/// <summary><c>loadgen workloads</c>: lists those that come with the program, shows one, checks a file.</summary>
internal static class WorkloadsVerb
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var name = new Argument<string>("NAME")
        {
            Description = "Print this one, to begin a file of your own with; or check a file.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var verb = new Command("workloads", "List the workloads that come with the program, or show or check one.")
        {
            name,
        };
        verb.SetAction(parsed => Run(parsed.GetValue(name), output, errors));
        return verb;
    }

    private static int Run(string? name, TextWriter output, TextWriter errors)
    {
        if (name is null)
        {
            foreach (var known in WorkloadFile.BuiltIn)
                output.WriteLine($"{known,-20} {WorkloadFile.Read(known, out _)!.About}");
            return ExitCodes.Met;
        }

        if (WorkloadFile.BuiltIn.Contains(name))
        {
            output.WriteLine(WorkloadFile.Text(name).TrimEnd());
            return ExitCodes.Met;
        }

        if (WorkloadFile.Read(name, out var error) is { } spec)
        {
            if (WorkloadRules.Prepare(spec, 1, Share.Whole.Index, Share.Whole.Of, out var problem) is not null)
            {
                output.WriteLine($"{name}: {spec.Name} is well.");
                return ExitCodes.Met;
            }

            error = $"{name}: {problem.Member} {problem.Problem}.";
        }

        errors.WriteLine("loadgen: " + error);
        return ExitCodes.Usage;
    }
}
