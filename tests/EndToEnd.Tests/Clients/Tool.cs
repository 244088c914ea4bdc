using System.Diagnostics;

namespace Hedgerow.EndToEnd.Tests.Clients;

/// <summary>Runs somebody else's program to its end. One that is not installed skips the test, saying so.</summary>
internal static class Tool
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Where the node scripts and their packages are.</summary>
    public static string NodeFolder { get; } = FindNodeFolder();

    /// <summary>Runs it and gives what it printed; another exit code than 0 fails the test with all of it.</summary>
    public static async Task<string> RunAsync(string program, string[] args, string input = "")
    {
        var cancel = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo(Require(program), args)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var error = process.StandardError.ReadToEndAsync(cancel);
        await process.StandardInput.WriteAsync(input.AsMemory(), cancel);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(cancel).WaitAsync(Patience, cancel);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
        }

        var text = await output + await error;
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', args)} ended with {process.ExitCode}\n{text}");
        return text;
    }

    /// <summary>Runs one of the scripts beside package.json.</summary>
    public static Task<string> NodeAsync(string script, params string[] args)
    {
        Require("node");
        if (!Directory.Exists(Path.Combine(NodeFolder, "node_modules")))
            Assert.Skip("needs the npm packages of tests/EndToEnd.Tests/Clients/node; eng/test.sh installs them");
        return RunAsync("node", [Path.Combine(NodeFolder, script), .. args]);
    }

    private static string Require(string program)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var found = folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        if (found is null) Assert.Skip($"needs the program {program}; eng/test.sh installs it where it can");
        return found;
    }

    private static string FindNodeFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cache.sln"))) folder = folder.Parent;
        return Path.Combine(folder!.FullName, "tests", "EndToEnd.Tests", "Clients", "node");
    }
}
