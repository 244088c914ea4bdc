using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>
/// The parts that a shard sends: a record of one field, an array of parts, each an array of its kind and its own
/// fields. Reading never throws; it bounds the buckets by <see cref="AggregationLimits.PartBucketsMax"/> and their
/// depth.
/// </summary>
public static class AggregationPartCodec
{
    private const int Buckets = 1;
    private const int Metric = 2;
    private const int Cardinality = 3;
    private const int Sketch = 4;
    private const int Hits = 5;
    private const int Places = 6;

    /// <summary>Bins of either sign; those of the smallest error are 701,000.</summary>
    private const int BinsMax = 720_000;

    private const int RegistersMax = 1 << 18;

    private delegate AggregationPart ReadPart(ref BodyReader reader, int fields, int depth, ref int buckets);

    /// <summary>Writes the parts of one shard.</summary>
    public static void Write(IBufferWriter<byte> output, IReadOnlyList<AggregationPart> parts)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(1);
        Write(ref writer, parts);
        writer.Flush();
    }

    /// <summary>Reads the parts of one shard. Registers and sources of hits point into the bytes.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out IReadOnlyList<AggregationPart>? parts, out string? error)
    {
        var isRead = BodyReader.TryRead(bytes, static (ref reader) => ReadAll(ref reader), out var read, out error);
        parts = read;
        return isRead;
    }

    private static void Write(ref MessagePackWriter writer, IReadOnlyList<AggregationPart> parts)
    {
        writer.WriteArrayHeader(parts.Count);
        for (var i = 0; i < parts.Count; i++) Write(ref writer, parts[i]);
    }

    private static void Write(ref MessagePackWriter writer, AggregationPart part)
    {
        switch (part)
        {
            case BucketsPart buckets:
                WriteBuckets(ref writer, buckets);
                break;
            case MetricPart metric:
                writer.WriteArrayHeader(7);
                writer.Write(Metric);
                writer.Write((byte)metric.Type);
                writer.Write(metric.Count);
                writer.Write(metric.Min);
                writer.Write(metric.Max);
                WriteNumbers(ref writer, metric.Sum);
                WriteNumbers(ref writer, metric.Squares);
                break;
            case CardinalityPart distinct:
                writer.WriteArrayHeader(3);
                writer.Write(Cardinality);
                WriteHashes(ref writer, distinct.Hashes);
                writer.Write(distinct.Registers.Span);
                break;
            case SketchPart sketch:
                writer.WriteArrayHeader(5);
                writer.Write(Sketch);
                writer.Write((byte)sketch.Type);
                writer.Write(sketch.Min);
                writer.Write(sketch.Max);
                writer.WriteArrayHeader(sketch.Bins.Count * 2);
                foreach (var bin in sketch.Bins)
                {
                    writer.Write(bin.Bin);
                    writer.Write(bin.Count);
                }

                break;
            case PlacesPart places:
                writer.WriteArrayHeader(8);
                writer.Write(Places);
                writer.Write(places.Count);
                GeoKinds.Write(ref writer, places);
                break;
            case HitsPart hits:
                writer.WriteArrayHeader(3);
                writer.Write(Hits);
                writer.Write(hits.Total);
                writer.WriteArrayHeader(hits.Hits.Count);
                foreach (var hit in hits.Hits) SearchCodec.WriteHit(ref writer, hit);
                break;
        }
    }

    private static void WriteBuckets(ref MessagePackWriter writer, BucketsPart part)
    {
        writer.WriteArrayHeader(6);
        writer.Write(Buckets);
        writer.WriteArrayHeader(part.Types.Count);
        foreach (var type in part.Types) writer.Write((byte)type);
        writer.Write(part.Total);
        writer.Write(part.OtherCount);
        writer.Write(part.ErrorBound);
        writer.WriteArrayHeader(part.Buckets.Count);
        foreach (var bucket in part.Buckets)
        {
            writer.WriteArrayHeader(bucket.Keys.Count > 0 ? 4 : 3);
            SearchCodec.WriteSortValue(ref writer, bucket.Key);
            writer.Write(bucket.Count);
            Write(ref writer, bucket.Within);
            if (bucket.Keys.Count > 0) SearchCodec.WriteValues(ref writer, bucket.Keys);
        }
    }

    private static void WriteNumbers(ref MessagePackWriter writer, IReadOnlyList<double> numbers)
    {
        writer.WriteArrayHeader(numbers.Count);
        for (var i = 0; i < numbers.Count; i++) writer.Write(numbers[i]);
    }

    /// <summary>Little-endian, eight bytes each.</summary>
    private static void WriteHashes(ref MessagePackWriter writer, IReadOnlyList<ulong> hashes)
    {
        var bytes = new byte[hashes.Count * sizeof(ulong)];
        for (var i = 0; i < hashes.Count; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)), hashes[i]);
        writer.Write(bytes);
    }

    private static AggregationPart[] ReadAll(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("aggregation parts", 1);
        var buckets = AggregationLimits.PartBucketsMax;
        var parts = ReadParts(ref reader, 1, ref buckets);
        reader.EndRecord(fields, 1);
        return parts;
    }

    private static AggregationPart[] ReadParts(ref BodyReader reader, int depth, ref int buckets)
    {
        if (depth > AggregationLimits.DepthMax + 1)
            BodyReader.Fail("parts", $"within each other more than {AggregationLimits.DepthMax} times.");
        var parts = new AggregationPart[reader.Count("parts", AggregationLimits.CountMax)];
        for (var i = 0; i < parts.Length; i++)
        {
            var fields = reader.BeginRecord("part", 3);
            var kind = reader.Int32("part.kind", 0, byte.MaxValue);
            if (kind is < Buckets or > Places)
                BodyReader.Fail("part.kind", $"{kind} is not known; 1 to {Places} are.");
            var (read, own) = ((ReadPart Read, int Own))(kind switch
            {
                Buckets => (ReadBuckets, 6),
                Metric => (ReadMetric, 7),
                Cardinality => (ReadCardinality, 3),
                Sketch => (ReadSketch, 5),
                Places => (static (ref inner, _, _, ref _) => GeoKinds.ReadPlaces(ref inner), 8),
                _ => (ReadHits, 3),
            });
            if (fields < own) BodyReader.Fail("part", $"kind {kind} has {fields} fields; {own} are needed.");
            parts[i] = read(ref reader, fields, depth, ref buckets);
            reader.EndRecord(fields, own);
        }

        return parts;
    }

    private static BucketsPart ReadBuckets(ref BodyReader reader, int fields, int depth, ref int left)
    {
        var types = new FieldType[reader.Count("part.types", CompositeAggregation.SourcesMax)];
        for (var i = 0; i < types.Length; i++) types[i] = Type(ref reader);
        var total = reader.Int64("part.total");
        var other = reader.Int64("part.otherCount");
        var bound = reader.Int64("part.errorBound");
        var count = reader.Count("part.buckets", AggregationLimits.PartBucketsMax);
        if ((left -= count) < 0)
            BodyReader.Fail("part.buckets", $"more than {AggregationLimits.PartBucketsMax} buckets.");
        var buckets = new BucketPart[count];
        for (var i = 0; i < count; i++)
        {
            var own = reader.BeginRecord("bucket", 3);
            var key = SearchCodec.ReadSortValue(ref reader);
            var documents = reader.Int64("bucket.count");
            var within = ReadParts(ref reader, depth + 1, ref left);
            var keys = own > 3
                ? reader.List("bucket.keys", CompositeAggregation.SourcesMax, SearchCodec.ReadSortValue)
                : [];
            reader.EndRecord(own, 4);
            buckets[i] = new BucketPart(key, documents, within) { Keys = keys };
        }

        return new BucketsPart(types, buckets) { Total = total, OtherCount = other, ErrorBound = bound };
    }

    private static MetricPart ReadMetric(ref BodyReader reader, int fields, int depth, ref int left) =>
        new(Type(ref reader), reader.Int64("metric.count"))
        {
            Min = reader.Double("metric.min"),
            Max = reader.Double("metric.max"),
            Sum = Numbers(ref reader, "metric.sum"),
            Squares = Numbers(ref reader, "metric.squares"),
        };

    private static CardinalityPart ReadCardinality(ref BodyReader reader, int fields, int depth, ref int left)
    {
        var bytes = reader.Bytes("cardinality.hashes");
        if (bytes.Length % sizeof(ulong) != 0 || bytes.Length > CardinalityAggregation.ThresholdMax * sizeof(ulong))
            BodyReader.Fail("cardinality.hashes", $"{bytes.Length} bytes are no list of hashes.");
        var hashes = new ulong[bytes.Length / sizeof(ulong)];
        for (var i = 0; i < hashes.Length; i++)
            hashes[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span[(i * sizeof(ulong))..]);
        var registers = reader.Bytes("cardinality.registers");
        if (registers.Length > RegistersMax || (registers.Length & (registers.Length - 1)) != 0
            || (registers.Length is > 0 and < 1_024))
        {
            BodyReader.Fail("cardinality.registers", $"{registers.Length} registers are no power of two.");
        }

        return new CardinalityPart(hashes, registers);
    }

    private static SketchPart ReadSketch(ref BodyReader reader, int fields, int depth, ref int left)
    {
        var type = Type(ref reader);
        var min = reader.Double("sketch.min");
        var max = reader.Double("sketch.max");
        var count = reader.Count("sketch.bins", 4 * BinsMax);
        if (count % 2 != 0) BodyReader.Fail("sketch.bins", "one has no count.");
        var bins = new SketchBin[count / 2];
        for (var i = 0; i < bins.Length; i++)
        {
            bins[i] = new SketchBin(
                reader.Int32("sketch.bin", -BinsMax, BinsMax), reader.Int64("sketch.count", 1));
            if (i > 0 && bins[i].Bin <= bins[i - 1].Bin) BodyReader.Fail("sketch.bins", "they do not rise.");
        }

        return new SketchPart(type, min, max, bins);
    }

    private static HitsPart ReadHits(ref BodyReader reader, int fields, int depth, ref int left) => new(
        reader.Int64("hits.total"),
        reader.List("hits.hits", AggregationLimits.HitsMax, SearchCodec.ReadHit));

    private static double[] Numbers(ref BodyReader reader, string field)
    {
        var numbers = new double[reader.Count(field, ExactSum.PartsMax)];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = reader.Double(field);
        return numbers;
    }

    private static FieldType Type(ref BodyReader reader) => (FieldType)reader.Int32("part.type", 0, byte.MaxValue);
}
