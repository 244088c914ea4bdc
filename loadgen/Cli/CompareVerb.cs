using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Hedgerow.LoadGen.Comparing;
using Hedgerow.LoadGen.Reporting;

namespace Hedgerow.LoadGen.Cli;

/// <summary>
/// <c>loadgen compare A.json B.json</c>: what differs beyond noise. Exit code 1 when something is worse.
/// </summary>
internal static class CompareVerb
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var a = new Argument<string>("A.json") { Description = "A report of --output." };
        var b = new Argument<string>("B.json") { Description = "Another, compared with it." };
        var noise = OptionKinds.Positive("--noise", 2, 100, "Differences of so many percent do not matter.");
        var json = OptionKinds.Switch("--json", "Print the figures as JSON.");
        var verb = new Command(
            "compare", "Say what differs beyond noise between two runs. Exit code 0: B is nowhere worse; 1: it is.")
        {
            a, b, noise, json,
        };
        verb.SetAction(parsed =>
        {
            if (ReportFiles.Read(parsed.GetValue(a)!, out var error) is { } ofA
                && ReportFiles.Read(parsed.GetValue(b)!, out error) is { } ofB)
                return Run(ofA, ofB, parsed.GetValue(noise) / 100, parsed.GetValue(json), output);
            errors.WriteLine("loadgen: " + error);
            return ExitCodes.Usage;
        });
        return verb;
    }

    private static int Run(LoadReport a, LoadReport b, double noise, bool isJson, TextWriter output)
    {
        var differences = new Comparison(noise).Compare(a, b);
        var isWorse = differences.Any(d => d.Verdict == Verdict.Worse);
        var type = ComparisonJson.Default.IReadOnlyListDifference;
        if (isJson) output.WriteLine(JsonSerializer.Serialize(differences, type));
        else Write(Comparison.PlanDifferences(a, b), Comparison.OfOneAlone(a, b), differences, output);
        return isWorse ? ExitCodes.Missed : ExitCodes.Met;
    }

    private static void Write(
        IReadOnlyList<string> plan, IReadOnlyList<string> alone, IReadOnlyList<Difference> differences,
        TextWriter output)
    {
        output.WriteLine(plan.Count == 0 ? "Both runs were asked to do the same." : "The runs were asked differently:");
        foreach (var line in plan) output.WriteLine("  " + line);
        output.WriteLine();
        foreach (var d in differences) output.WriteLine(Line(d));
        foreach (var one in alone) output.WriteLine(one);
        output.WriteLine();
        output.WriteLine(Conclusion(differences));
    }

    private static string Line(Difference d)
    {
        var change = d.A > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{(d.B / d.A) - 1,8:+0.0 %;-0.0 %;0.0 %}")
            : "        ";
        var why = d.Verdict == Verdict.TooFew
            ? $"too few requests to tell ({d.Samples.A} and {d.Samples.B} samples; {Comparison.SamplesMin} are needed)"
            : Text(d.Verdict) + (d.Chance is { } chance
                ? string.Create(
                    CultureInfo.InvariantCulture, $" (p = {chance:F4}, {d.Samples.A} and {d.Samples.B} samples)")
                : "");
        return $"{d.Operation,-7} {d.Figure,-6} {Show(d.Figure, d.A),11} -> {Show(d.Figure, d.B),11} {change}  {why}";
    }

    private static string Conclusion(IReadOnlyList<Difference> differences)
    {
        string Names(Verdict verdict) =>
            string.Join(", ", differences.Where(d => d.Verdict == verdict).Select(d => $"{d.Operation} {d.Figure}"));
        var (worse, better) = (Names(Verdict.Worse), Names(Verdict.Better));
        var unknown = Names(Verdict.TooFew);
        var rest = unknown.Length > 0 ? $" Too few requests to tell: {unknown}." : "";
        if (worse.Length + better.Length == 0) return "Nothing differs beyond noise." + rest;
        return "Beyond noise B is "
            + string.Join(" and ", new[]
            {
                better.Length > 0 ? "better in " + better : "", worse.Length > 0 ? "worse in " + worse : "",
            }.Where(part => part.Length > 0)) + "." + rest;
    }

    private static string Text(Verdict verdict) => verdict switch
    {
        Verdict.Better => "BETTER beyond noise",
        Verdict.Worse => "WORSE beyond noise",
        _ => "no difference beyond noise",
    };

    private static string Show(string figure, double value) => figure switch
    {
        "rate" => value.ToString("N0", CultureInfo.InvariantCulture) + "/s",
        "failed" => value.ToString("P3", CultureInfo.InvariantCulture),
        _ => TextReport.Time(value),
    };
}
