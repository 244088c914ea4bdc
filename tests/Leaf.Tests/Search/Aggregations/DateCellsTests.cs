using CsCheck;
using Hedgerow.Leaf.Search.Aggregations;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Aggregations;

public sealed class DateCellsTests
{
    private static readonly long Zero = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();

    [Fact]
    public void Beginnings_that_are_remembered_are_those_that_are_found_also_where_calendars_end() =>
        Gen.Select(
            Gen.OneOf("+02:00", "Europe/Berlin", "-11:00"),
            Gen.OneOf(CalendarUnit.Day, CalendarUnit.Month, CalendarUnit.Year),
            Gen.OneOf(
                Gen.Long[0, 2_000_000_000_000], Gen.Long[Zero, Zero + (800 * 86_400_000L)],
                Gen.Long[253_300_000_000_000, 253_500_000_000_000], Gen.OneOf(Zero, long.MinValue, long.MaxValue))
                .Array[1, 12])
            .Sample((zone, unit, instants) =>
            {
                var rounding = new DateRounding(unit, 0, zone);
                var buckets = DateBuckets.Of(rounding, out _)!;
                var cells = new DateCells(buckets);
                foreach (var instant in instants) Assert.Equal(buckets.Floor(instant), cells.Floor(instant));
            });
}
