using Hedgerow.Server.FrontEnds.Resp.Search;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Server.Tests.Resp.Search;

/// <summary>What FT.AGGREGATE may hold, and how long it may go on.</summary>
public sealed class RowBudgetTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Rows_are_bounded_by_their_bytes()
    {
        using var budget = Budget();
        var sink = new RowSink(budget) { Next = null };
        var sort = new SortStage([("x", false)], 0) { Next = sink };
        var taken = 0;
        while (sort.Error is null && taken < 1_000)
        {
            sort.Take(Wide(1 << 20));
            taken++;
        }

        Assert.InRange(taken, 10, 40);
        Assert.StartsWith("FT.AGGREGATE would hold more than 64 MiB", sort.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_a_sort_lets_go_count_no_more()
    {
        using var budget = Budget();
        var sink = new RowSink(budget) { Next = null };
        var sort = new SortStage([("x", false)], 1) { Next = sink };
        for (var i = 0; i < 20_000; i++) sort.Take(Wide(10_000));
        sort.End();
        Assert.Null(sort.Error);
        Assert.Single(sink.Rows);
        Assert.InRange(budget.Held, 20_000, 40_000);
    }

    [Theory]
    [InlineData("TOLIST", "1", "@x")]
    [InlineData("COUNT_DISTINCT", "1", "@x")]
    [InlineData("QUANTILE", "2", "@x", "0.5")]
    public void Values_of_reducers_are_bounded_over_all_groups(params string[] reducer)
    {
        using var budget = Budget();
        var sink = new RowSink(budget) { Next = null };
        var group = new GroupStage(new GroupPlan(["g"], [Plan(reducer)])) { Next = sink };
        var taken = 0;
        for (; group.Error is null && taken < 2_000_000; taken++)
        {
            var row = new Row();
            row.Set("g", Cell.Of(taken % 50_000));
            row.Set("x", Cell.Of(taken));
            group.Take(row);
        }

        Assert.NotNull(group.Error);
        Assert.InRange(taken, 100_000, RowBudget.ValuesMax + 1);
        Assert.InRange(budget.Held, 1, RowBudget.BytesMax);
    }

    [Theory]
    [InlineData("format('%s%s', @t, @t)")]
    [InlineData("split(@t, ' ')")]
    public void What_steps_make_of_one_row_is_bounded_together(string text)
    {
        using var budget = Budget();
        var sink = new RowSink(budget) { Next = null };
        Assert.True(ExpressionParser.TryParse(text, [], out var expression, out var error), error);
        RowStage first = new FilterStage(new ConstantExpression(Cell.Of(0))) { Next = sink };
        for (var i = 0; i < 64; i++) first = new ApplyStage(expression, $"made{i}") { Next = first };
        var row = new Row();
        row.Set("t", Cell.Of(string.Concat(Enumerable.Repeat("a ", 1 << 19))));
        first.Take(row);
        Assert.StartsWith("FT.AGGREGATE would hold more than 64 MiB", budget.Error, StringComparison.Ordinal);
        Assert.Equal(0, budget.Held);
    }

    [Fact]
    public void Lists_of_a_row_make_a_bounded_number_of_groups()
    {
        using var budget = Budget();
        var group = new GroupStage(new GroupPlan(["a", "b"], [])) { Next = new RowSink(budget) { Next = null } };
        var row = new Row();
        var many = Cell.Of((IReadOnlyList<Cell>)[.. Enumerable.Range(0, 100).Select(i => Cell.Of(i))]);
        row.Set("a", many);
        row.Set("b", many);
        group.Take(row);
        Assert.Equal("A row is in 10000 groups by lists of values; at most 1024 are allowed", group.Error);
    }

    [Fact]
    public void Time_is_looked_at_once_a_block()
    {
        using var budget = Budget(timeoutMs: 1_000);
        Assert.True(budget.Spend());
        Assert.InRange(budget.LeftMs, 999, 1_000);
        _time.Advance(TimeSpan.FromSeconds(2));
        var rows = 1;
        while (budget.Spend()) rows++;
        Assert.InRange(rows, 1, 128);
        Assert.Equal("Timeout limit was reached", budget.Error);
        Assert.Equal(1, budget.LeftMs);
    }

    [Fact]
    public void A_sort_that_takes_too_long_ends()
    {
        using var budget = Budget(timeoutMs: 1_000);
        var sink = new RowSink(budget) { Next = null };
        var sort = new SortStage([("x", false)], 0) { Next = sink };
        for (var i = 0; i < 1_000; i++) sort.Take(Wide(1));
        _time.Advance(TimeSpan.FromSeconds(2));
        sort.End();
        Assert.Empty(sink.Rows);
        Assert.Equal("Timeout limit was reached", sort.Error);
    }

    [Fact]
    public void A_connection_that_is_gone_ends_the_work()
    {
        using var cancel = new CancellationTokenSource();
        using var budget = new RowBudget(new RowMemory(1 << 20, static () => false), _time, 0, cancel.Token);
        Assert.True(budget.Spend());
        cancel.Cancel();
        Assert.False(budget.Look());
        Assert.Equal(0, budget.LeftMs);
    }

    [Fact]
    public void Cursors_give_way_where_a_node_holds_too_much()
    {
        var cursors = new RowCursors(_time, bytesMax: 10_000);
        var first = new RowBudget(cursors.Memory, _time, 0, default);
        Assert.True(first.TryTake(6_000));
        var cursor = cursors.Open("i", [Wide(1), Wide(1)], 1, TimeSpan.FromMinutes(1), first);
        using var second = new RowBudget(cursors.Memory, _time, 0, default);
        Assert.True(second.TryTake(7_000));
        Assert.Null(cursors.Find("i", cursor.Id));
        Assert.Equal(7_000, cursors.Memory.Held);
        using var third = new RowBudget(cursors.Memory, _time, 0, default);
        Assert.False(third.TryTake(7_000));
        Assert.StartsWith("TRYAGAIN the aggregations of this node hold", third.Error, StringComparison.Ordinal);
        second.Dispose();
        Assert.Equal(0, cursors.Memory.Held);
    }

    [Fact]
    public void What_is_kept_for_readings_is_what_the_rows_hold()
    {
        using var budget = Budget();
        var sink = new RowSink(budget) { Next = null };
        var limit = new LimitStage(0, 3) { Next = sink };
        var sort = new SortStage([("x", false)], 0) { Next = limit };
        for (var i = 0; i < 100; i++) sort.Take(Wide(10_000));
        sort.End();
        Assert.Null(sort.Error);
        Assert.InRange(budget.Held, 1_000_000, 4_000_000);
        budget.Settle(sink.Rows.Sum(row => row.Bytes));
        Assert.Equal(sink.Rows.Sum(row => row.Bytes), budget.Held);
        Assert.InRange(budget.Held, 60_000, 70_000);
    }

    [Fact]
    public void Visits_in_a_document_look_at_the_clock()
    {
        using var budget = Budget(timeoutMs: 1_000);
        var left = new JsonAllowance(0, budget);
        _time.Advance(TimeSpan.FromSeconds(2));
        var visits = 0;
        while (left.TryVisit()) visits++;
        Assert.InRange(visits, 1, 5_000);
        Assert.Equal("Timeout limit was reached", budget.Error);
    }

    [Fact]
    public void Values_are_charged_before_they_are_texts()
    {
        using var budget = Budget();
        using var document = System.Text.Json.JsonDocument.Parse("\"" + new string('x', 1 << 20) + "\"");
        var left = new JsonAllowance(0, budget);
        var taken = 0;
        while (left.TryTake(document.RootElement)) taken++;
        Assert.Equal(7, taken);
        Assert.InRange(budget.Held, 14L << 20, 15L << 20);
        left.Settle();
        Assert.Equal(0, budget.Held);
    }

    [Fact]
    public void Numbers_are_summed_exactly_whatever_their_order()
    {
        double[] numbers = [1e16, 1, -1e16, 0.1, 0.2, 0.3, 1e300, -1e300, 7];
        foreach (var (function, expected) in new[] { ("SUM", "8.6"), ("AVG", "0.955555555556"), ("MIN", "-1e+300") })
        {
            using var budget = Budget();
            var reducer = Plan(function, "1", "@x").Make();
            var other = Plan(function, "1", "@x").Make();
            foreach (var number in numbers) Assert.True(reducer.TryTake(Of(number), budget));
            foreach (var number in numbers.Order()) Assert.True(other.TryTake(Of(number), budget));
            Assert.Equal(expected, reducer.Result.AsText());
            Assert.Equal(expected, other.Result.AsText());
        }

        static Row Of(double number)
        {
            var row = new Row();
            row.Set("x", Cell.Of(number));
            return row;
        }
    }

    private RowBudget Budget(int timeoutMs = 0) =>
        new(new RowMemory(RowMemory.BytesMax, static () => false), _time, timeoutMs, default);

    private static ReducerPlan Plan(params string[] words) =>
        ReducerPlan.Read(new ArgumentReader("FT.AGGREGATE", words), [])!;

    private static Row Wide(int characters)
    {
        var row = new Row();
        row.Set("x", Cell.Of(new string('x', characters)));
        return row;
    }
}
