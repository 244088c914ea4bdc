using Spectre.Console;
using Spectre.Console.Rendering;

namespace Hedgerow.Server.Cli.Import;

/// <summary>A reading of how far an import is.</summary>
/// <param name="Documents">Documents acknowledged.</param>
/// <param name="BytesRead">Of the file as it lies there.</param>
/// <param name="BytesTotal">Size of the file; null where that is not known.</param>
internal readonly record struct ImportReading(long Documents, long BytesRead, long? BytesTotal);

/// <summary>Tells people how far an import is: a live bar in a terminal, a line now and then in a log.</summary>
internal static class ImportProgress
{
    private static readonly TimeSpan BarInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    /// <summary>Runs the work and asks <paramref name="read"/> now and then while it runs.</summary>
    public static Task<T> RunAsync<T>(
        IAnsiConsole screen, TimeProvider time, string name, Func<ImportReading> read, Func<Task<T>> work) =>
        screen.Profile.Capabilities.Interactive
            ? RunWithBarAsync(screen, time, name, read, work)
            : RunWithLinesAsync(screen, time, name, read, work);

    private static Task<T> RunWithBarAsync<T>(
        IAnsiConsole screen, TimeProvider time, string name, Func<ImportReading> read, Func<Task<T>> work) =>
        screen.Progress()
            .Columns(
                new TaskDescriptionColumn(),
                new ProgressBarColumn { Width = 32 },
                new PercentageColumn(),
                new ReadingColumn(time, read),
                new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask(Markup.Escape(name), maxValue: read().BytesTotal ?? 1);
                task.IsIndeterminate = read().BytesTotal is null;
                var running = work();
                await RepeatAsync(running, time, BarInterval, () => task.Value = read().BytesRead);
                var result = await running;
                task.Value = task.MaxValue;
                task.IsIndeterminate = false;
                return result;
            });

    private static async Task<T> RunWithLinesAsync<T>(
        IAnsiConsole screen, TimeProvider time, string name, Func<ImportReading> read, Func<Task<T>> work)
    {
        var started = time.GetTimestamp();
        var running = work();
        await RepeatAsync(
            running, time, LineInterval, () => screen.WriteLine($"{name}  {Describe(read(), time, started)}"));
        return await running;
    }

    private static async Task RepeatAsync(Task running, TimeProvider time, TimeSpan interval, Action report)
    {
        using var timer = new PeriodicTimer(interval, time);
        while (!running.IsCompleted)
        {
            var tick = timer.WaitForNextTickAsync().AsTask();
            if (await Task.WhenAny(running, tick) == running) return;
            report();
        }
    }

    private static string Describe(ImportReading reading, TimeProvider time, long started)
    {
        var seconds = Math.Max(time.GetElapsedTime(started).TotalSeconds, 0.001);
        var size = reading.BytesTotal is { } total
            ? $"{Sizes.Bytes(reading.BytesRead)} of {Sizes.Bytes(total)}"
            : Sizes.Bytes(reading.BytesRead);
        return $"{reading.Documents:N0} documents  {reading.Documents / seconds:N0}/s  {size}";
    }

    /// <summary>Documents, documents a second, and bytes.</summary>
    private sealed class ReadingColumn : ProgressColumn
    {
        private readonly TimeProvider _time;
        private readonly long _started;
        private readonly Func<ImportReading> _read;

        public ReadingColumn(TimeProvider time, Func<ImportReading> read)
        {
            _time = time;
            _started = time.GetTimestamp();
            _read = read;
        }

        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(Describe(_read(), _time, _started));
    }
}
