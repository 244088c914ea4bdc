using System.Runtime.CompilerServices;

namespace Hedgerow.Router.Tests;

/// <summary>Calls that are used again, on threads of their own: what a thread keeps is what is tested.</summary>
public sealed class CallPoolTests
{
    [Fact]
    public async Task The_call_that_ended_last_on_a_thread_is_begun_next() => await OnOwnThread(() =>
    {
        var pool = new CallPool<Call>(() => new Call());
        var (first, second) = (pool.Rent(), pool.Rent());
        pool.Return(first);
        pool.Return(second);
        Assert.Same(second, pool.Rent());
        Assert.Same(first, pool.Rent());
        return true;
    });

    [Fact]
    public async Task A_thread_keeps_nothing_of_a_pool_that_was_closed_and_the_next_takes_its_place() =>
        Assert.False(await OnOwnThread(() =>
        {
            var call = UseAndClose();
            UseAnother();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            return call.IsAlive;
        }));

    [Fact]
    public async Task A_call_that_ends_after_its_pool_was_closed_is_not_kept() => await OnOwnThread(() =>
    {
        var pool = new CallPool<Call>(() => new Call());
        var call = pool.Rent();
        pool.Close();
        pool.Return(call);
        Assert.NotSame(call, pool.Rent());
        return true;
    });

    private static Task<T> OnOwnThread<T>(Func<T> work) => Task.Factory.StartNew(
        work, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference UseAndClose()
    {
        var pool = new CallPool<Call>(() => new Call());
        var call = pool.Rent();
        pool.Return(call);
        pool.Close();
        return new WeakReference(call);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void UseAnother()
    {
        var pool = new CallPool<Call>(() => new Call());
        pool.Return(pool.Rent());
    }

    private sealed class Call;
}
