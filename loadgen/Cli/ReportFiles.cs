using System.Text.Json;
using Hedgerow.LoadGen.Reporting;

namespace Hedgerow.LoadGen.Cli;

/// <summary>Reads what <c>--output</c> wrote.</summary>
internal static class ReportFiles
{
    /// <summary>The report; null with what is wrong with the file.</summary>
    public static LoadReport? Read(string file, out string? error)
    {
        error = null;
        try
        {
            var report = JsonSerializer.Deserialize(File.ReadAllText(file), ReportJson.Default.LoadReport);
            foreach (var interval in report?.Intervals ?? []) interval.Merged(null);
            foreach (var operation in report?.Operations ?? [])
            {
                HistogramText.Decode(operation.ResponseHistogram);
                HistogramText.Decode(operation.ServiceHistogram);
            }

            if (report is null) error = $"{file}: null is no report.";
            return report;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = e.Message;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            error = $"{file}: this is no report of 'loadgen --output': {e.Message}";
        }

        return null;
    }
}
