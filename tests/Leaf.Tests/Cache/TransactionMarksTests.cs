using Hedgerow.Leaf.Cache;

namespace Hedgerow.Leaf.Tests.Cache;

public sealed class TransactionMarksTests
{
    private readonly TransactionMarks _marks = new();

    [Fact]
    public void A_look_stands_until_a_transaction_begins()
    {
        var seen = _marks.Now;
        Assert.True(_marks.StandsSince(seen));
        _marks.Begin();
        Assert.Equal(TransactionMarks.UnderWay, _marks.Now);
        Assert.False(_marks.StandsSince(seen));
        Assert.False(_marks.StandsSince(TransactionMarks.UnderWay));
        _marks.End();
        Assert.False(_marks.StandsSince(seen));
        Assert.True(_marks.StandsSince(_marks.Now));
    }

    [Fact]
    public void One_of_two_transactions_that_is_not_over_is_enough()
    {
        _marks.Begin();
        _marks.Begin();
        _marks.End();
        Assert.Equal(TransactionMarks.UnderWay, _marks.Now);
        _marks.End();
        Assert.Equal(2, _marks.Now);
    }

    [Fact]
    public async Task Who_holds_has_no_transaction_beside_him()
    {
        long inside = 0;
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    _marks.Begin();
                    Interlocked.Increment(ref inside);
                    Interlocked.Decrement(ref inside);
                    _marks.End();
                }
            },
            TaskCreationOptions.LongRunning)).ToArray();
        for (var i = 0; i < 2_000; i++)
        {
            _marks.Hold();
            Assert.Equal(0, Interlocked.Read(ref inside));
            _marks.LetGo();
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
    }
}
