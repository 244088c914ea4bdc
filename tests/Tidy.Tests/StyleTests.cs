using System.Text.RegularExpressions;

namespace Hedgerow.Tidy.Tests;

/// <summary>The style that a machine can judge; the rest is for readers.</summary>
public sealed partial class StyleTests
{
    private const int LineColumnsMax = 120;
    private const int FileLinesMax = 500;
    private const int FunctionLinesMax = 70;

    /// <summary>Functions over the limit, "file: name". May only shrink.</summary>
    private static readonly HashSet<string> LongFunctions = [];

    [Fact]
    public void Lines_fit_in_120_columns() => Expect.None(
        from file in Checkout.SourceFiles()
        from line in Checkout.Lines(file).Select((text, index) => (text, number: index + 1))
        where line.text.Length > LineColumnsMax
        select $"{file}:{line.number} has {line.text.Length} columns");

    [Fact]
    public void Files_fit_in_500_lines() => Expect.None(
        from file in Checkout.SourceFiles()
        let lines = Checkout.Lines(file).Length
        where lines > FileLinesMax
        select $"{file} has {lines} lines");

    [Fact]
    public void Functions_fit_in_70_lines() => Expect.None(
        from file in Checkout.SourceFiles()
        from function in FunctionLengths.In(Checkout.Lines(file))
        where function.Lines > FunctionLinesMax && !LongFunctions.Contains($"{file}: {function.Name}")
        select $"{file}:{function.FirstLine} {function.Name} has {function.Lines} lines");

    [Fact]
    public void The_list_of_long_functions_names_only_long_functions()
    {
        var longOnes =
            from file in Checkout.SourceFiles()
            from function in FunctionLengths.In(Checkout.Lines(file))
            where function.Lines > FunctionLinesMax
            select $"{file}: {function.Name}";
        Expect.None(LongFunctions.Except(longOnes).Select(f => f + " is listed and is not long any more"));
    }

    [Fact]
    public void Type_and_file_names_say_what_a_thing_is() => Expect.None(
        from file in Checkout.SourceFiles()
        let name = Path.GetFileNameWithoutExtension(file)
        where VagueName().IsMatch(name)
        select $"{file}: a name of the field instead of Manager, Helper, Util, Processor, Common, Misc");

    [Fact]
    public void Nothing_is_left_unfinished() => Expect.None(
        from file in Checkout.SourceFiles()
        where !file.StartsWith("tests/Tidy.Tests/", StringComparison.Ordinal)
        from line in Checkout.Lines(file).Select((text, index) => (text, number: index + 1))
        where Unfinished().IsMatch(line.text)
        select $"{file}:{line.number} {line.text.Trim()}");

    [Fact]
    public void Tests_do_not_sleep() => Expect.None(
        from file in Checkout.SourceFiles()
        where file.StartsWith("tests/", StringComparison.Ordinal)
            && !file.StartsWith("tests/Tidy.Tests/", StringComparison.Ordinal)
        from line in Checkout.Lines(file).Select((text, index) => (text, number: index + 1))
        where line.text.Contains("Thread.Sleep", StringComparison.Ordinal)
            || line.text.Contains("Task.Delay(", StringComparison.Ordinal)
        select $"{file}:{line.number} {line.text.Trim()}");

    [Fact]
    public void No_async_void_and_no_handler_that_swallows_everything() => Expect.None(
        from file in Checkout.SourceFiles()
        where !file.StartsWith("tests/Tidy.Tests/", StringComparison.Ordinal)
        from line in Checkout.Lines(file).Select((text, index) => (text, number: index + 1))
        where Swallows().IsMatch(line.text)
        select $"{file}:{line.number} {line.text.Trim()}");

    [Fact]
    public void Nothing_tracked_names_a_machine_path_or_a_registry_host()
    {
        // In pieces, so that this file does not name them itself.
        string[] banned = ["/wor" + "k/", "api.nuge" + "t.org", "registry.npmj" + "s.org", "deb.debia" + "n.org"];
        string[] patterns = ["*.cs", "*.md", "*.sh", "*.json", "*.csproj", "*.props", "Dockerfile", "*.yml"];
        Expect.None(
            from pattern in patterns
            from file in Checkout.Files(pattern)
            from line in Checkout.Lines(file).Select((text, index) => (text, number: index + 1))
            from word in banned
            where line.text.Contains(word, StringComparison.Ordinal)
            select $"{file}:{line.number} names {word}");
    }

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Utility|Processor|Common|Misc)$")]
    private static partial Regex VagueName();

    [GeneratedRegex(@"\bTODO\b|\bFIXME\b|\bHACK\b|NotImplementedException")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"\basync void\b|catch\s*(\(Exception[^)]*\))?\s*\{\s*\}")]
    private static partial Regex Swallows();
}
