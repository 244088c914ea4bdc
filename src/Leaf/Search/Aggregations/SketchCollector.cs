using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>How values of a field are distributed: a <see cref="DistributionSketch"/> for each bucket.</summary>
/// <remarks>The sketches of all buckets share one map of bins.</remarks>
internal sealed class SketchCollector(AggregationScope scope, NumberField field, double relativeError)
    : Collector(scope)
{
    private readonly DistributionSketch _sketch = new(relativeError);
    private readonly BucketMap _bins = new(scope);
    private long[] _counts = [];
    private long[] _lowest = [];
    private long[] _highest = [];

    /// <inheritdoc/>
    public override void Enter(SegmentView view) => field.Enter(view);

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        var values = field.Values;
        values.Begin();
        for (var count = values.Read(documents); count > 0 && Scope.Spend(); count = values.Read(documents))
        {
            for (var i = 0; i < count; i++)
            {
                var bucket = buckets.IsEmpty ? 0 : buckets[values.Places[i]];
                var value = values.Values[i];
                Reach(bucket);
                _lowest[bucket] = Math.Min(_lowest[bucket], value);
                _highest[bucket] = Math.Max(_highest[bucket], value);
                var bin = _bins.Take(bucket, _sketch.Bin(field.Number(value)));
                Scope.Grow(ref _counts, bin + 1);
                _counts[bin]++;
            }
        }
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket)
    {
        var bins = _bins.Within(bucket).ToArray();
        Scope.Hold(bins.Length * (long)System.Runtime.CompilerServices.Unsafe.SizeOf<SketchBin>());
        if (bins.Length == 0) return new SketchPart(field.Type, 0, 0, []);
        return new SketchPart(
            field.Type, field.Number(_lowest[bucket]), field.Number(_highest[bucket]),
            [.. bins.Select(bin => new SketchBin((int)_bins.Key(bin), _counts[bin])).OrderBy(bin => bin.Bin)]);
    }

    private void Reach(int bucket)
    {
        if (bucket < _lowest.Length) return;
        var from = _lowest.Length;
        Scope.Grow(ref _lowest, bucket + 1);
        Scope.Grow(ref _highest, _lowest.Length);
        Array.Fill(_lowest, long.MaxValue, from, _lowest.Length - from);
        Array.Fill(_highest, long.MinValue, from, _highest.Length - from);
    }
}
