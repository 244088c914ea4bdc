using Spectre.Console;
using Spectre.Console.Rendering;

namespace Hedgerow.Server.Cli;

/// <summary>A reading of how far some work is.</summary>
/// <param name="Done">Of <paramref name="Total"/>.</param>
/// <param name="Total">Null where that is not known.</param>
/// <param name="Text">The same in words.</param>
internal readonly record struct WorkReading(double Done, double? Total, string Text);

/// <summary>Tells people how far some work is: a live bar in a terminal, a line now and then in a log.</summary>
internal static class WorkProgress
{
    private static readonly TimeSpan BarInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Runs the work and asks <paramref name="read"/> now and then while it runs, with the seconds that have passed.
    /// </summary>
    public static Task<T> RunAsync<T>(
        IAnsiConsole screen, TimeProvider time, string name, Func<double, WorkReading> read, Func<Task<T>> work)
    {
        var started = time.GetTimestamp();
        // Something divides by it.
        WorkReading ReadNow() => read(Math.Max(time.GetElapsedTime(started).TotalSeconds, 0.001));
        return screen.Profile.Capabilities.Interactive
            ? RunWithBarAsync(screen, time, name, ReadNow, work)
            : RunWithLinesAsync(screen, time, name, ReadNow, work);
    }

    private static Task<T> RunWithBarAsync<T>(
        IAnsiConsole screen, TimeProvider time, string name, Func<WorkReading> read, Func<Task<T>> work) =>
        screen.Progress()
            .Columns(
                new TaskDescriptionColumn(),
                new ProgressBarColumn { Width = 32 },
                new PercentageColumn(),
                new ReadingColumn(read),
                new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var total = read().Total;
                var task = context.AddTask(Markup.Escape(name), maxValue: total ?? 1);
                task.IsIndeterminate = total is null;
                var running = work();
                await RepeatAsync(running, time, BarInterval, () => task.Value = read().Done);
                var result = await running;
                task.Value = task.MaxValue;
                task.IsIndeterminate = false;
                return result;
            });

    private static async Task<T> RunWithLinesAsync<T>(
        IAnsiConsole screen, TimeProvider time, string name, Func<WorkReading> read, Func<Task<T>> work)
    {
        var running = work();
        await RepeatAsync(running, time, LineInterval, () => screen.WriteLine($"{name}  {read().Text}"));
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

    /// <summary>The reading's words.</summary>
    private sealed class ReadingColumn : ProgressColumn
    {
        private readonly Func<WorkReading> _read;

        public ReadingColumn(Func<WorkReading> read)
        {
            _read = read;
        }

        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(_read().Text);
    }
}
