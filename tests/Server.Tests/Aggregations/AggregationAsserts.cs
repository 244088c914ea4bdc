using Hedgerow.Protocol;

namespace Hedgerow.Server.Tests.Aggregations;

/// <summary>Compares results with the model's, percentiles within the error that they promise.</summary>
internal static class AggregationAsserts
{
    public static void Equal(IReadOnlyList<AggregationResult> expected, IReadOnlyList<AggregationResult> actual)
    {
        Assert.Equal(expected.Select(result => result.Name), actual.Select(result => result.Name));
        for (var i = 0; i < expected.Count; i++) Equal(expected[i], actual[i]);
    }

    private static void Equal(AggregationResult expected, AggregationResult actual)
    {
        Assert.Equal(expected.GetType(), actual.GetType());
        switch (expected)
        {
            case BucketsResult buckets:
                Equal(buckets, (BucketsResult)actual);
                break;
            case BucketResult alone:
                Assert.Equal(alone.Count, ((BucketResult)actual).Count);
                Equal(alone.Within, ((BucketResult)actual).Within);
                break;
            case CentroidResult centroid:
                Assert.Equal(centroid.Count, ((CentroidResult)actual).Count);
                Near(centroid.Location?.Latitude, ((CentroidResult)actual).Location?.Latitude, 1e-9);
                Near(centroid.Location?.Longitude, ((CentroidResult)actual).Location?.Longitude, 1e-9);
                break;
            case NumberResult { Text: { } tolerance, Value: { } deviation }:
                var told = ((NumberResult)actual).Value!.Value;
                Assert.InRange(
                    Math.Abs(told - deviation), 0,
                    double.Parse(tolerance, System.Globalization.CultureInfo.CurrentCulture) + 1e-9);
                break;
            case NumberResult number:
                Assert.Equal(number.Value, ((NumberResult)actual).Value);
                break;
            case PercentilesResult percentiles:
                var rows = ((PercentilesResult)actual).Rows;
                Assert.Equal(percentiles.Rows.Select(row => row.Asked), rows.Select(row => row.Asked));
                Assert.All(percentiles.Rows, (row, i) => Near(row.Answer, rows[i].Answer));
                break;
            case HitsResult hits:
                Assert.Equal(hits.Total, ((HitsResult)actual).Total);
                Assert.Equal(
                    hits.Hits.Select(hit => (hit.Path, hit.SortValues[0])),
                    ((HitsResult)actual).Hits.Select(hit => (hit.Path, hit.SortValues[0])));
                break;
            default:
                Assert.Equal(expected, actual);
                break;
        }
    }

    private static void Equal(BucketsResult expected, BucketsResult actual)
    {
        Assert.Equal(
            expected.Buckets.Select(bucket => (bucket.Key, bucket.Count, bucket.Score, bucket.BackgroundCount)),
            actual.Buckets.Select(bucket => (bucket.Key, bucket.Count, bucket.Score, bucket.BackgroundCount)));
        Assert.Equal(expected.ErrorBound, actual.ErrorBound);
        Assert.Equal(expected.OtherCount, actual.OtherCount);
        for (var i = 0; i < expected.Buckets.Count; i++)
        {
            if (expected.Buckets[i].Keys.Count > 0) Assert.Equal(expected.Buckets[i].Keys, actual.Buckets[i].Keys);
            Equal(expected.Buckets[i].Within, actual.Buckets[i].Within);
        }
    }

    private static void Near(double? expected, double? actual, double relative = 0.01)
    {
        Assert.Equal(expected is null, actual is null);
        if (expected is not { } value) return;
        var error = (Math.Abs(value) * relative) + 1e-9;
        Assert.InRange(actual!.Value, value - error, value + error);
    }
}
