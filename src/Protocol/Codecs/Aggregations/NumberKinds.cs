using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Kinds of aggregation that make numbers, hits, or something of other aggregations.</summary>
internal static class NumberKinds
{
    private const string None = "";

    public static readonly AggregationKind[] All =
    [
        new AggregationKind<MetricAggregation>(
            20, 4,
            static (ref writer, it) =>
            {
                writer.Write((byte)it.Kind);
                writer.Write(it.Field);
                AggregationCodec.WriteOrNil(ref writer, it.Missing);
                writer.Write(it.Sigma);
            },
            static (ref reader) => new MetricAggregation
            {
                Name = None,
                Kind = (MetricKind)reader.Int32("metric.kind", 1, (int)MetricKind.ExtendedStats),
                Field = AggregationCodec.Field(ref reader),
                Missing = AggregationCodec.NumberOrNil(ref reader, "metric.missing"),
                Sigma = reader.Double("metric.sigma"),
            }),
        new AggregationKind<CardinalityAggregation>(
            21, 2,
            static (ref writer, it) =>
            {
                writer.Write(it.Field);
                writer.Write(it.PrecisionThreshold);
            },
            static (ref reader) => new CardinalityAggregation
            {
                Name = None,
                Field = AggregationCodec.Field(ref reader),
                PrecisionThreshold = reader.Int32(
                    "cardinality.precisionThreshold", 0, CardinalityAggregation.ThresholdMax),
            }),
        new AggregationKind<PercentilesAggregation>(
            22, 4,
            static (ref writer, it) => WriteSketch(ref writer, it.Field, it.Percents, it.RelativeError, it.Missing),
            static (ref reader) => new PercentilesAggregation
            {
                Name = None,
                Field = AggregationCodec.Field(ref reader),
                Percents = Numbers(ref reader, "percentiles.percents"),
                RelativeError = reader.Double("percentiles.relativeError"),
                Missing = AggregationCodec.NumberOrNil(ref reader, "percentiles.missing"),
            }),
        new AggregationKind<PercentileRanksAggregation>(
            23, 4,
            static (ref writer, it) => WriteSketch(ref writer, it.Field, it.Values, it.RelativeError, it.Missing),
            static (ref reader) => new PercentileRanksAggregation
            {
                Name = None,
                Field = AggregationCodec.Field(ref reader),
                Values = Numbers(ref reader, "ranks.values"),
                RelativeError = reader.Double("ranks.relativeError"),
                Missing = AggregationCodec.NumberOrNil(ref reader, "ranks.missing"),
            }),
        new AggregationKind<TopHitsAggregation>(24, 6, WriteHits, ReadHits),
        new AggregationKind<WeightedAverageAggregation>(
            27, 4,
            static (ref writer, it) =>
            {
                writer.Write(it.Field);
                writer.Write(it.Weight);
                AggregationCodec.WriteOrNil(ref writer, it.Missing);
                AggregationCodec.WriteOrNil(ref writer, it.MissingWeight);
            },
            static (ref reader) => new WeightedAverageAggregation
            {
                Name = None,
                Field = AggregationCodec.Field(ref reader),
                Weight = AggregationCodec.Field(ref reader),
                Missing = AggregationCodec.NumberOrNil(ref reader, "weighted.missing"),
                MissingWeight = AggregationCodec.NumberOrNil(ref reader, "weighted.missingWeight"),
            }),
        new AggregationKind<MedianDeviationAggregation>(
            28, 3,
            static (ref writer, it) =>
            {
                writer.Write(it.Field);
                writer.Write(it.RelativeError);
                AggregationCodec.WriteOrNil(ref writer, it.Missing);
            },
            static (ref reader) => new MedianDeviationAggregation
            {
                Name = None,
                Field = AggregationCodec.Field(ref reader),
                RelativeError = reader.Double("deviation.relativeError"),
                Missing = AggregationCodec.NumberOrNil(ref reader, "deviation.missing"),
            }),
        new AggregationKind<SiblingAggregation>(
            30, 2,
            static (ref writer, it) =>
            {
                writer.Write((byte)it.Kind);
                writer.Write(it.Path);
            },
            static (ref reader) => new SiblingAggregation
            {
                Name = None,
                Kind = (SiblingKind)reader.Int32("sibling.kind", 1, (int)SiblingKind.ExtendedStats),
                Path = QueryNodeCodec.Text(ref reader, "sibling.path"),
            }),
        new AggregationKind<RunningAggregation>(
            31, 2,
            static (ref writer, it) =>
            {
                writer.Write((byte)it.Kind);
                writer.Write(it.Path);
            },
            static (ref reader) => new RunningAggregation
            {
                Name = None,
                Kind = (RunningKind)reader.Int32("running.kind", 1, (int)RunningKind.Derivative),
                Path = QueryNodeCodec.Text(ref reader, "running.path"),
            }),
        new AggregationKind<BucketSortAggregation>(
            32, 3,
            static (ref writer, it) =>
            {
                BucketKinds.WriteOrder(ref writer, it.Sort);
                writer.Write(it.From);
                if (it.Size is { } size) writer.Write(size);
                else writer.WriteNil();
            },
            static (ref reader) => new BucketSortAggregation
            {
                Name = None,
                Sort = BucketKinds.ReadOrder(ref reader),
                From = reader.Int32("bucketSort.from"),
                Size = reader.TryNil("bucketSort.size") ? null : reader.Int32("bucketSort.size"),
            }),
        new AggregationKind<BucketSelectorAggregation>(
            33, 5,
            static (ref writer, it) =>
            {
                writer.Write(it.Path);
                AggregationCodec.WriteOrNil(ref writer, it.From);
                writer.Write(it.IncludeFrom);
                AggregationCodec.WriteOrNil(ref writer, it.To);
                writer.Write(it.IncludeTo);
            },
            static (ref reader) => new BucketSelectorAggregation
            {
                Name = None,
                Path = QueryNodeCodec.Text(ref reader, "selector.path"),
                From = AggregationCodec.NumberOrNil(ref reader, "selector.from"),
                IncludeFrom = reader.Boolean("selector.includeFrom"),
                To = AggregationCodec.NumberOrNil(ref reader, "selector.to"),
                IncludeTo = reader.Boolean("selector.includeTo"),
            }),
        new AggregationKind<MovingAggregation>(
            34, 4,
            static (ref writer, it) =>
            {
                writer.Write((byte)it.Kind);
                writer.Write(it.Path);
                writer.Write(it.Window);
                writer.Write(it.Shift);
            },
            static (ref reader) => new MovingAggregation
            {
                Name = None,
                Kind = (MovingKind)reader.Int32("moving.kind", 1, (int)MovingKind.Difference),
                Path = QueryNodeCodec.Text(ref reader, "moving.path"),
                Window = reader.Int32("moving.window", 1, MovingAggregation.WindowMax),
                Shift = reader.Int32(
                    "moving.shift", -MovingAggregation.WindowMax, MovingAggregation.WindowMax),
            }),
        new AggregationKind<PercentilesBucketAggregation>(
            35, 2,
            static (ref writer, it) =>
            {
                writer.Write(it.Path);
                Write(ref writer, it.Percents);
            },
            static (ref reader) => new PercentilesBucketAggregation
            {
                Name = None,
                Path = QueryNodeCodec.Text(ref reader, "percentilesBucket.path"),
                Percents = Numbers(ref reader, "percentilesBucket.percents"),
            }),
    ];

    private static void Write(ref MessagePackWriter writer, IReadOnlyList<double> numbers)
    {
        writer.WriteArrayHeader(numbers.Count);
        for (var i = 0; i < numbers.Count; i++) writer.Write(numbers[i]);
    }

    private static void WriteSketch(
        ref MessagePackWriter writer, string field, IReadOnlyList<double> asked, double error, double? missing)
    {
        writer.Write(field);
        Write(ref writer, asked);
        writer.Write(error);
        AggregationCodec.WriteOrNil(ref writer, missing);
    }

    private static double[] Numbers(ref BodyReader reader, string field)
    {
        var numbers = new double[reader.Count(field, AggregationLimits.RowsMax)];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = reader.Double(field);
        return numbers;
    }

    private static void WriteHits(ref MessagePackWriter writer, TopHitsAggregation it)
    {
        writer.Write(it.Size);
        writer.Write(it.From);
        SearchCodec.WriteSort(ref writer, it.Sort);
        writer.Write(it.WithSource);
        QueryNodeCodec.WriteTexts(ref writer, it.SourceFields);
        QueryNodeCodec.WriteTexts(ref writer, it.SourceExcludes);
    }

    private static TopHitsAggregation ReadHits(ref BodyReader reader) => new()
    {
        Name = None,
        Size = reader.Int32("topHits.size", 0, AggregationLimits.HitsMax),
        From = reader.Int32("topHits.from", 0, AggregationLimits.HitsMax),
        Sort = reader.List("topHits.sort", SortKey.KeysMax, SortKeyCodec.Read),
        WithSource = reader.Boolean("topHits.withSource"),
        SourceFields = reader.Texts(
            "topHits.sourceFields", CollectionSchema.FieldsMax, MessageLimits.FieldNameBytesMax),
        SourceExcludes = reader.Texts(
            "topHits.sourceExcludes", CollectionSchema.FieldsMax, MessageLimits.FieldNameBytesMax),
    };
}
