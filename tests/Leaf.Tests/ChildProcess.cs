using System.Diagnostics;

namespace Hedgerow.Leaf.Tests;

/// <summary>Starts this test program again, with a verb that <see cref="Program"/> knows.</summary>
internal static class ChildProcess
{
    /// <summary>Both outputs are redirected: whoever starts it reads standard output to its end.</summary>
    public static Process Start(params string[] arguments) => Start([], arguments);

    /// <summary>Likewise, with environment variables beside those of this process.</summary>
    public static Process Start((string Name, string Value)[] environment, string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var child = Process.Start(start)!;
        child.ErrorDataReceived += (_, _) => { };
        child.BeginErrorReadLine();
        return child;
    }
}
