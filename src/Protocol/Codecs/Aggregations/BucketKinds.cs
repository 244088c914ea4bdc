using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Kinds of aggregation that make buckets.</summary>
internal static class BucketKinds
{
    private const string None = "";

    public static readonly AggregationKind[] All =
    [
        new AggregationKind<TermsAggregation>(1, 9, WriteTerms, ReadTerms),
        new AggregationKind<RangeAggregation>(
            2, 4,
            static (ref writer, it) =>
            {
                writer.Write(it.Field);
                writer.WriteArrayHeader(it.Ranges.Count);
                for (var i = 0; i < it.Ranges.Count; i++) WriteRange(ref writer, it.Ranges[i]);
                writer.Write(it.IsDates);
                writer.Write(it.Missing);
            },
            static (ref reader) => new RangeAggregation
            {
                Name = None,
                Field = AggregationCodec.Field(ref reader),
                Ranges = reader.List("range.ranges", AggregationLimits.RowsMax, ReadRange),
                IsDates = reader.Boolean("range.isDates"),
                Missing = QueryNodeCodec.TextOrNull(ref reader, "range.missing"),
            }),
        new AggregationKind<HistogramAggregation>(
            3, 7,
            static (ref writer, it) =>
            {
                writer.Write(it.Field);
                writer.Write(it.Interval);
                writer.Write(it.Offset);
                writer.Write(it.MinimumCount);
                WriteBounds(ref writer, it.Bounds);
                AggregationCodec.WriteOrNil(ref writer, it.Missing);
                WriteOrder(ref writer, it.Order);
            },
            static (ref reader) => new HistogramAggregation
            {
                Name = None,
                Field = AggregationCodec.Field(ref reader),
                Interval = reader.Double("histogram.interval"),
                Offset = reader.Double("histogram.offset"),
                MinimumCount = reader.Int64("histogram.minimumCount"),
                Bounds = ReadBounds(ref reader),
                Missing = AggregationCodec.NumberOrNil(ref reader, "histogram.missing"),
                Order = ReadOrder(ref reader),
            }),
        new AggregationKind<DateHistogramAggregation>(4, 9, WriteDates, ReadDates),
        new AggregationKind<FilterAggregation>(
            5, 1, static (ref writer, it) => QueryNodeCodec.Write(ref writer, it.Query),
            static (ref reader) => new FilterAggregation { Name = None, Query = QueryNodeCodec.Read(ref reader) }),
        new AggregationKind<FiltersAggregation>(
            6, 2,
            static (ref writer, it) =>
            {
                writer.WriteArrayHeader(it.Filters.Count);
                for (var i = 0; i < it.Filters.Count; i++)
                {
                    writer.WriteArrayHeader(2);
                    writer.Write(it.Filters[i].Key);
                    QueryNodeCodec.Write(ref writer, it.Filters[i].Query);
                }

                writer.Write(it.OtherKey);
            },
            static (ref reader) => new FiltersAggregation
            {
                Name = None,
                Filters = reader.List("filters.filters", AggregationLimits.RowsMax, ReadFilter),
                OtherKey = reader.TextOrNull("filters.otherKey", MessageLimits.FieldNameBytesMax),
            }),
        new AggregationKind<GlobalAggregation>(
            7, 0, static (ref writer, it) => { }, static (ref reader) => new GlobalAggregation { Name = None }),
        new AggregationKind<MissingAggregation>(
            8, 1, static (ref writer, it) => writer.Write(it.Field),
            static (ref reader) => new MissingAggregation
            {
                Name = None, Field = AggregationCodec.Field(ref reader),
            }),
        new AggregationKind<SignificantTermsAggregation>(9, 7, WriteSignificant, ReadSignificant),
        new AggregationKind<CompositeAggregation>(
            10, 3,
            static (ref writer, it) =>
            {
                writer.WriteArrayHeader(it.Sources.Count);
                for (var i = 0; i < it.Sources.Count; i++)
                {
                    writer.WriteArrayHeader(3);
                    writer.Write(it.Sources[i].Name);
                    AggregationCodec.Write(ref writer, [it.Sources[i].Values]);
                    writer.Write(it.Sources[i].Descending);
                }

                writer.Write(it.Size);
                SearchCodec.WriteValues(ref writer, it.After);
            },
            static (ref reader) => new CompositeAggregation
            {
                Name = None,
                Sources = reader.List("composite.sources", CompositeAggregation.SourcesMax, ReadSource),
                Size = reader.Int32("composite.size"),
                After = reader.List(
                    "composite.after", CompositeAggregation.SourcesMax, SearchCodec.ReadSortValue),
            }),
    ];

    public static void WriteOrder(ref MessagePackWriter writer, IReadOnlyList<BucketOrder> order)
    {
        writer.WriteArrayHeader(order.Count);
        for (var i = 0; i < order.Count; i++)
        {
            writer.WriteArrayHeader(2);
            writer.Write(order[i].Path);
            writer.Write(order[i].Descending);
        }
    }

    public static BucketOrder[] ReadOrder(ref BodyReader reader) =>
        reader.List("aggregation.order", BucketOrder.KeysMax, ReadOrderKey);

    private static BucketOrder ReadOrderKey(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("aggregation.order", 2);
        var key = new BucketOrder(
            QueryNodeCodec.Text(ref reader, "aggregation.order.path"),
            reader.Boolean("aggregation.order.descending"));
        reader.EndRecord(fields, 2);
        return key;
    }

    private static void WriteTerms(ref MessagePackWriter writer, TermsAggregation it)
    {
        writer.Write(it.Field);
        writer.Write(it.Size);
        if (it.ShardSize is { } most) writer.Write(most);
        else writer.WriteNil();
        WriteOrder(ref writer, it.Order);
        writer.Write(it.MinimumCount);
        WriteChoice(ref writer, it.Include);
        WriteChoice(ref writer, it.Exclude);
        writer.Write(it.Missing);
        writer.Write(it.Exact);
    }

    private static TermsAggregation ReadTerms(ref BodyReader reader) => new()
    {
        Name = None,
        Field = AggregationCodec.Field(ref reader),
        Size = reader.Int32("terms.size"),
        ShardSize = reader.TryNil("terms.shardSize") ? null : reader.Int32("terms.shardSize"),
        Order = ReadOrder(ref reader),
        MinimumCount = reader.Int64("terms.minimumCount"),
        Include = ReadChoice(ref reader),
        Exclude = ReadChoice(ref reader),
        Missing = QueryNodeCodec.TextOrNull(ref reader, "terms.missing"),
        Exact = reader.Boolean("terms.exact"),
    };

    private static void WriteDates(ref MessagePackWriter writer, DateHistogramAggregation it)
    {
        writer.Write(it.Field);
        writer.Write((byte)it.Rounding.Unit);
        writer.Write(it.Rounding.FixedMs);
        writer.Write(it.Rounding.TimeZone);
        writer.Write(it.Rounding.OffsetMs);
        writer.Write(it.MinimumCount);
        WriteBounds(ref writer, it.Bounds);
        if (it.Missing is { } missing) writer.Write(missing);
        else writer.WriteNil();
        WriteOrder(ref writer, it.Order);
    }

    private static DateHistogramAggregation ReadDates(ref BodyReader reader) => new()
    {
        Name = None,
        Field = AggregationCodec.Field(ref reader),
        Rounding = new DateRounding(
            (CalendarUnit)reader.Int32("dateHistogram.unit", 0, (int)CalendarUnit.Year),
            reader.Int64("dateHistogram.fixedMs"),
            reader.Text("dateHistogram.timeZone", MessageLimits.NameBytesMax),
            reader.Int64("dateHistogram.offsetMs", long.MinValue)),
        MinimumCount = reader.Int64("dateHistogram.minimumCount"),
        Bounds = ReadBounds(ref reader),
        Missing = reader.TryNil("dateHistogram.missing")
            ? null
            : reader.Int64("dateHistogram.missing", long.MinValue),
        Order = ReadOrder(ref reader),
    };

    private static void WriteSignificant(ref MessagePackWriter writer, SignificantTermsAggregation it)
    {
        writer.Write(it.Field);
        writer.Write(it.Size);
        writer.Write(it.MinimumCount);
        writer.Write((byte)it.Measure);
        if (it.Background is { } query) QueryNodeCodec.Write(ref writer, query);
        else writer.WriteNil();
        WriteChoice(ref writer, it.Include);
        WriteChoice(ref writer, it.Exclude);
    }

    private static SignificantTermsAggregation ReadSignificant(ref BodyReader reader) => new()
    {
        Name = None,
        Field = AggregationCodec.Field(ref reader),
        Size = reader.Int32("significant.size"),
        MinimumCount = reader.Int64("significant.minimumCount"),
        Measure = (SignificanceMeasure)reader.Int32(
            "significant.measure", 0, (int)SignificanceMeasure.ChiSquare),
        Background = reader.TryNil("significant.background") ? null : QueryNodeCodec.Read(ref reader),
        Include = ReadChoice(ref reader),
        Exclude = ReadChoice(ref reader),
    };

    private static void WriteChoice(ref MessagePackWriter writer, TermChoice? choice)
    {
        if (choice is null) writer.WriteNil();
        else if (choice.Pattern is { } pattern) writer.Write(pattern);
        else QueryNodeCodec.WriteTexts(ref writer, choice.Values);
    }

    private static TermChoice? ReadChoice(ref BodyReader reader) => reader.NextIs("terms.choice") switch
    {
        MessagePackType.Nil => reader.TryNil("terms.choice") ? null : null,
        MessagePackType.Array => new TermChoice(
            null,
            reader.Texts("terms.choice", AggregationLimits.ListedTermsMax, MessageLimits.TermBytesMax)),
        _ => new TermChoice(QueryNodeCodec.Text(ref reader, "terms.choice"), []),
    };

    private static void WriteRange(ref MessagePackWriter writer, BucketRange range)
    {
        writer.WriteArrayHeader(3);
        writer.Write(range.Key);
        writer.Write(range.From);
        writer.Write(range.To);
    }

    private static BucketRange ReadRange(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("range", 3);
        var range = new BucketRange(
            reader.TextOrNull("range.key", MessageLimits.FieldNameBytesMax),
            QueryNodeCodec.TextOrNull(ref reader, "range.from"),
            QueryNodeCodec.TextOrNull(ref reader, "range.to"));
        reader.EndRecord(fields, 3);
        return range;
    }

    private static NamedFilter ReadFilter(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("filter", 2);
        var filter = new NamedFilter(
            reader.TextOrNull("filter.key", MessageLimits.FieldNameBytesMax), QueryNodeCodec.Read(ref reader));
        reader.EndRecord(fields, 2);
        return filter;
    }

    private static CompositeSource ReadSource(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("composite.source", 3);
        var source = new CompositeSource(
            reader.Text("composite.source.name", MessageLimits.FieldNameBytesMax),
            AggregationCodec.ReadOne(ref reader),
            reader.Boolean("composite.source.descending"));
        reader.EndRecord(fields, 3);
        return source;
    }

    private static void WriteBounds(ref MessagePackWriter writer, BucketBounds? bounds)
    {
        if (bounds is null)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(2);
        writer.Write(bounds.Min);
        writer.Write(bounds.Max);
    }

    private static BucketBounds? ReadBounds(ref BodyReader reader)
    {
        if (reader.TryNil("histogram.bounds")) return null;
        var fields = reader.BeginRecord("histogram.bounds", 2);
        var bounds = new BucketBounds(reader.Double("histogram.bounds.min"), reader.Double("histogram.bounds.max"));
        reader.EndRecord(fields, 2);
        return bounds;
    }
}
