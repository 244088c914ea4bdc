namespace Hedgerow.Simulation.Tests;

/// <summary>Runs a simulation in a thread that is nobody else's.</summary>
internal static class OwnThread
{
    /// <summary>
    /// Runs to the end; what was thrown, or null. The test runner's context and scheduler would carry each await to
    /// another thread.
    /// </summary>
    public static Exception? Run(Action run)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                run();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure;
    }

    /// <summary>What it gave.</summary>
    public static T Run<T>(Func<T> run)
    {
        T? result = default;
        if (Run(() => { result = run(); }) is { } failure)
            throw new InvalidOperationException(failure.Message, failure);
        return result!;
    }
}
