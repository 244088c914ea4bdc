using System.Buffers;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Goes over all entries of a store in steps, each under one holding of a gate, in an order that stays: a page of paths
/// at a time for clients, or all at once to drop them. Thread-safe.
/// </summary>
internal sealed class StoreScan(SegmentPool pool, Partition[] partitions)
{
    /// <summary>Entries of one step; their paths are copied under the gate.</summary>
    private const int StepEntries = 256;

    /// <summary>Bytes of paths after which a page ends, whatever was asked for.</summary>
    private const int PageBytesMax = 1 << 20;

    /// <summary>Steps after which a page ends even if it is empty: some milliseconds of an empty store.</summary>
    private const int PageStepsMax = 4_096;

    /// <summary>Writes a page of rows and gives the place of the next; 0 when there is none.</summary>
    public ulong Page(ulong cursor, int count, long nowMs, IBufferWriter<byte> output)
    {
        var position = ScanPosition.Of(cursor);
        var rows = 0;
        long bytes = 0;
        for (var steps = 0; position.Partition < partitions.Length; steps++)
        {
            if (rows >= count || bytes >= PageBytesMax || steps == PageStepsMax) return position.Cursor;
            var partition = partitions[position.Partition];
            if (position.Group >= partition.Table.Index.Groups)
            {
                position = position.NextPartition();
                continue;
            }

            partition.Gate.Enter();
            try
            {
                var tags = partition.TagsFor(position.Group, Math.Min(StepEntries, count - rows));
                rows += partition.ScanStep(position.Group, position.Tag, position.Tag + tags, nowMs, output, ref bytes);
                position = position.After(tags);
            }
            finally
            {
                partition.Gate.Exit();
            }
        }

        return 0;
    }

    /// <summary>
    /// Drops all that is not newer than a version, tombstones too. What is written meanwhile under a newer version
    /// stays; under an older one it is refused from the beginning on, for good.
    /// </summary>
    public unsafe void Flush(ulong version)
    {
        foreach (var partition in partitions)
        {
            partition.Gate.Enter();
            partition.BeginFlush(version);
            partition.Gate.Exit();
        }

        foreach (var partition in partitions)
        {
            bool isOver;
            do
            {
                partition.Gate.Enter();
                isOver = partition.FlushStep();
                var doomed = partition.Table.TakeDoomed();
                partition.Gate.Exit();
                LargeBlock.ReleaseAll(doomed, pool);
            }
            while (!isOver);
        }
    }
}
