using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>
/// The results that a router answers with: each is an array of its kind, its name, and its own fields. Bounded by
/// <see cref="AggregationLimits.BucketsMax"/> and the depth.
/// </summary>
internal static class AggregationResultCodec
{
    private const int Buckets = 1;
    private const int Bucket = 2;
    private const int Number = 3;
    private const int Stats = 4;
    private const int Percentiles = 5;
    private const int Hits = 6;
    private const int Bounds = 7;
    private const int Centroid = 8;

    public static void Write(ref MessagePackWriter writer, IReadOnlyList<AggregationResult> results)
    {
        writer.WriteArrayHeader(results.Count);
        for (var i = 0; i < results.Count; i++) Write(ref writer, results[i]);
    }

    public static AggregationResult[] Read(ref BodyReader reader)
    {
        var left = AggregationLimits.BucketsMax;
        return Read(ref reader, 1, ref left);
    }

    private static void Write(ref MessagePackWriter writer, AggregationResult result)
    {
        switch (result)
        {
            case BucketsResult buckets:
                Begin(ref writer, 10, Buckets, result.Name);
                WriteOrNil(ref writer, buckets.ErrorBound);
                WriteOrNil(ref writer, buckets.OtherCount);
                SearchCodec.WriteValues(ref writer, buckets.After);
                WriteOrNil(ref writer, buckets.Total);
                WriteOrNil(ref writer, buckets.Background);
                writer.WriteArrayHeader(buckets.Buckets.Count);
                foreach (var bucket in buckets.Buckets) WriteBucket(ref writer, bucket);
                QueryNodeCodec.WriteTexts(ref writer, buckets.Sources);
                writer.Write(buckets.IsNamed);
                break;
            case BucketResult bucket:
                Begin(ref writer, 4, Bucket, result.Name);
                writer.Write(bucket.Count);
                Write(ref writer, bucket.Within);
                break;
            case NumberResult number:
                Begin(ref writer, 5, Number, result.Name);
                AggregationCodec.WriteOrNil(ref writer, number.Value);
                writer.Write(number.Text);
                QueryNodeCodec.WriteTexts(ref writer, number.Keys);
                break;
            case StatsResult stats:
                WriteStats(ref writer, stats);
                break;
            case PercentilesResult percentiles:
                Begin(ref writer, 4, Percentiles, result.Name);
                writer.Write(percentiles.AreDates);
                writer.WriteArrayHeader(percentiles.Rows.Count * 2);
                foreach (var row in percentiles.Rows)
                {
                    writer.Write(row.Asked);
                    AggregationCodec.WriteOrNil(ref writer, row.Answer);
                }

                break;
            case BoundsResult bounds:
                Begin(ref writer, 4, Bounds, result.Name);
                WriteOrNil(ref writer, bounds.TopLeft);
                WriteOrNil(ref writer, bounds.BottomRight);
                break;
            case CentroidResult centroid:
                Begin(ref writer, 4, Centroid, result.Name);
                WriteOrNil(ref writer, centroid.Location);
                writer.Write(centroid.Count);
                break;
            case HitsResult hits:
                Begin(ref writer, 4, Hits, result.Name);
                writer.Write(hits.Total);
                writer.WriteArrayHeader(hits.Hits.Count);
                foreach (var hit in hits.Hits) SearchCodec.WriteHit(ref writer, hit);
                break;
        }
    }

    private static void Begin(ref MessagePackWriter writer, int fields, int kind, string name)
    {
        writer.WriteArrayHeader(fields);
        writer.Write(kind);
        writer.Write(name);
    }

    private static void WriteBucket(ref MessagePackWriter writer, AggregationBucket bucket)
    {
        writer.WriteArrayHeader(8);
        SearchCodec.WriteSortValue(ref writer, bucket.Key);
        writer.Write(bucket.Count);
        Write(ref writer, bucket.Within);
        writer.Write(bucket.KeyText);
        WriteOrNil(ref writer, bucket.ErrorBound);
        SearchCodec.WriteValues(ref writer, bucket.Keys);
        WriteOrNil(ref writer, bucket.BackgroundCount);
        AggregationCodec.WriteOrNil(ref writer, bucket.Score);
    }

    private static void WriteStats(ref MessagePackWriter writer, StatsResult stats)
    {
        Begin(ref writer, stats.Spread is null ? 7 : 11, Stats, stats.Name);
        writer.Write(stats.Count);
        AggregationCodec.WriteOrNil(ref writer, stats.Min);
        AggregationCodec.WriteOrNil(ref writer, stats.Max);
        AggregationCodec.WriteOrNil(ref writer, stats.Average);
        writer.Write(stats.Sum);
        if (stats.Spread is not { } spread) return;
        AggregationCodec.WriteOrNil(ref writer, spread.SumOfSquares);
        AggregationCodec.WriteOrNil(ref writer, spread.Variance);
        AggregationCodec.WriteOrNil(ref writer, spread.SampleVariance);
        writer.Write(spread.Sigma);
    }

    private static void WriteOrNil(ref MessagePackWriter writer, GeoPoint? point)
    {
        if (point is { } found) GeoKinds.Write(ref writer, found);
        else writer.WriteNil();
    }

    private static GeoPoint? PointOrNil(ref BodyReader reader) =>
        reader.TryNil("result.place") ? null : GeoKinds.ReadPoint(ref reader);

    private static void WriteOrNil(ref MessagePackWriter writer, long? number)
    {
        if (number is { } value) writer.Write(value);
        else writer.WriteNil();
    }

    private static AggregationResult[] Read(ref BodyReader reader, int depth, ref int left)
    {
        if (depth > AggregationLimits.DepthMax + 1)
            BodyReader.Fail("results", $"within each other more than {AggregationLimits.DepthMax} times.");
        var results = new AggregationResult[reader.Count("results", AggregationLimits.CountMax)];
        for (var i = 0; i < results.Length; i++)
        {
            var fields = reader.BeginRecord("result", 4);
            var kind = reader.Int32("result.kind", 0, byte.MaxValue);
            var name = reader.Text("result.name", 4 * AggregationLimits.NameCharsMax);
            var own = kind switch
            {
                Buckets => 10,
                Number => 5,
                Stats => 7,
                Bucket or Percentiles or Hits or Bounds or Centroid => 4,
                _ => 0,
            };
            if (own == 0) BodyReader.Fail("result.kind", $"{kind} is not known; 1 to {Centroid} are.");
            if (fields < own) BodyReader.Fail("result", $"kind {kind} has {fields} fields; {own} are needed.");
            if (kind == Stats && fields >= 11) own = 11;
            results[i] = kind switch
            {
                Buckets => ReadBuckets(ref reader, name, depth, ref left),
                Bucket => new BucketResult(name, reader.Int64("result.count"), Read(ref reader, depth + 1, ref left)),
                Number => ReadNumber(ref reader, name),
                Stats => ReadStats(ref reader, name, own == 11),
                Percentiles => ReadPercentiles(ref reader, name),
                Bounds => new BoundsResult(name, PointOrNil(ref reader), PointOrNil(ref reader)),
                Centroid => new CentroidResult(name, PointOrNil(ref reader), reader.Int64("centroid.count")),
                _ => new HitsResult(
                    name, reader.Int64("result.total"),
                    reader.List("result.hits", AggregationLimits.HitsMax, SearchCodec.ReadHit)),
            };
            reader.EndRecord(fields, own);
        }

        return results;
    }

    private static BucketsResult ReadBuckets(ref BodyReader reader, string name, int depth, ref int left)
    {
        var bound = CountOrNil(ref reader, "result.errorBound");
        var other = CountOrNil(ref reader, "result.otherCount");
        var after = reader.List("result.after", CompositeAggregation.SourcesMax, SearchCodec.ReadSortValue);
        var total = CountOrNil(ref reader, "result.total");
        var background = CountOrNil(ref reader, "result.background");
        var count = reader.Count("result.buckets", AggregationLimits.BucketsMax);
        if ((left -= count) < 0) BodyReader.Fail("result.buckets", $"more than {AggregationLimits.BucketsMax}.");
        var buckets = new AggregationBucket[count];
        for (var i = 0; i < count; i++) buckets[i] = ReadBucket(ref reader, depth, ref left);
        return new BucketsResult(name, buckets)
        {
            ErrorBound = bound, OtherCount = other, After = after, Total = total, Background = background,
            Sources = reader.Texts(
                "result.sources", CompositeAggregation.SourcesMax, MessageLimits.FieldNameBytesMax),
            IsNamed = reader.Boolean("result.isNamed"),
        };
    }

    private static AggregationBucket ReadBucket(ref BodyReader reader, int depth, ref int left)
    {
        var fields = reader.BeginRecord("bucket", 8);
        var key = SearchCodec.ReadSortValue(ref reader);
        var count = reader.Int64("bucket.count");
        var within = Read(ref reader, depth + 1, ref left);
        var bucket = new AggregationBucket(key, count, within)
        {
            KeyText = reader.TextOrNull("bucket.keyText", MessageLimits.ProseBytesMax),
            ErrorBound = CountOrNil(ref reader, "bucket.errorBound"),
            Keys = reader.List("bucket.keys", CompositeAggregation.SourcesMax, SearchCodec.ReadSortValue),
            BackgroundCount = CountOrNil(ref reader, "bucket.background"),
            Score = AggregationCodec.NumberOrNil(ref reader, "bucket.score"),
        };
        reader.EndRecord(fields, 8);
        return bucket;
    }

    private static NumberResult ReadNumber(ref BodyReader reader, string name) =>
        new(name, AggregationCodec.NumberOrNil(ref reader, "result.value"))
        {
            Text = reader.TextOrNull("result.text", MessageLimits.NameBytesMax),
            Keys = reader.Texts("result.keys", AggregationLimits.BucketsMax, MessageLimits.TermBytesMax),
        };

    private static StatsResult ReadStats(ref BodyReader reader, string name, bool isExtended)
    {
        var stats = new StatsResult(
            name, reader.Int64("stats.count"), AggregationCodec.NumberOrNil(ref reader, "stats.min"),
            AggregationCodec.NumberOrNil(ref reader, "stats.max"),
            AggregationCodec.NumberOrNil(ref reader, "stats.average"), reader.Double("stats.sum"));
        return !isExtended
            ? stats
            : stats with
            {
                Spread = new SpreadResult(
                    AggregationCodec.NumberOrNil(ref reader, "stats.squares"),
                    AggregationCodec.NumberOrNil(ref reader, "stats.variance"),
                    AggregationCodec.NumberOrNil(ref reader, "stats.sampleVariance"),
                    reader.Double("stats.sigma")),
            };
    }

    private static PercentilesResult ReadPercentiles(ref BodyReader reader, string name)
    {
        var areDates = reader.Boolean("percentiles.areDates");
        var count = reader.Count("percentiles.rows", 2 * AggregationLimits.RowsMax);
        if (count % 2 != 0) BodyReader.Fail("percentiles.rows", "one has no answer.");
        var rows = new PercentileRow[count / 2];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = new PercentileRow(
                reader.Double("percentiles.asked"), AggregationCodec.NumberOrNil(ref reader, "percentiles.answer"));
        }

        return new PercentilesResult(name, rows) { AreDates = areDates };
    }

    private static long? CountOrNil(ref BodyReader reader, string field) =>
        reader.TryNil(field) ? null : reader.Int64(field);
}
