using System.Globalization;
using System.Text.RegularExpressions;

namespace Hedgerow.Server.Tests.Memcached;

/// <summary>
/// A conversation with expected answers. A cas number of ours in an answer reads <c>CAS</c>; <c>$cas</c> in a question
/// is the last one seen, <c>$low</c> and <c>$high</c> are one less and one more.
/// </summary>
internal sealed partial class Dialogue(TestConnection connection)
{
    private ulong _cas;

    /// <summary>Rows of lines, each to be said before everything that the front end can stand before.</summary>
    public static TheoryData<Behind, string, string[]> Everywhere((string Name, string[] Lines)[] rows)
    {
        var data = new TheoryData<Behind, string, string[]>();
        foreach (var behind in Enum.GetValues<Behind>())
            foreach (var (name, lines) in rows)
                data.Add(behind, name, lines);
        return data;
    }

    /// <summary>Says lines of the form <c>question => answer</c>.</summary>
    public static async Task HoldAsync(Behind behind, string name, string[] lines)
    {
        Assert.NotEmpty(name);
        await using var server = await MemcachedUnderTest.StartAsync(behind);
        var dialogue = new Dialogue(server.Connect());
        foreach (var line in lines)
        {
            var arrow = line.IndexOf(" => ", StringComparison.Ordinal);
            await dialogue.SayAsync(line[..arrow], line[(arrow + 4)..]);
        }
    }

    public async Task SayAsync(string question, string expected)
    {
        var text = question.Replace("$cas", Text(_cas)).Replace("$low", Text(_cas - 1))
            .Replace("$high", Text(_cas + 1));
        var answer = await connection.SayAsync(text.Replace("|", "\r\n"));
        foreach (Match match in OurCas().Matches(answer)) _cas = ulong.Parse(match.Value, CultureInfo.InvariantCulture);
        Assert.Equal(expected, OurCas().Replace(answer, "CAS").Replace("\r\n", "|"));
    }

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<![0-9])1[0-9]{17}(?![0-9])")]
    private static partial Regex OurCas();
}
