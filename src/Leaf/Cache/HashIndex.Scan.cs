namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Walks in the order of group and tag: neither changes while an entry stays, whatever pages come and go, and however
/// often it is moved to its other bucket. So a walk that remembers both sees every entry that stays.
/// </summary>
internal sealed unsafe partial class HashIndex
{
    /// <summary>Tags there are.</summary>
    public const int Tags = 1 << (64 - IndexBucket.TagShift);

    /// <summary>Entries and tombstones of a group.</summary>
    public int CountOf(int group) => _counts[group];

    /// <summary>Copies the slots of a group whose tag is in a range; how many they are.</summary>
    /// <param name="group">One of <see cref="Groups"/>.</param>
    /// <param name="firstTag">The first tag.</param>
    /// <param name="endTag">Behind the last.</param>
    /// <param name="slots"><see cref="CountOf"/> the group long.</param>
    public int CopySlots(int group, int firstTag, int endTag, Span<ulong> slots)
    {
        var count = 0;
        for (var page = 0; page < _groups[group].PageCount; page++)
        {
            for (var b = 0; b < BucketsPerPage; b++)
            {
                var bucket = BucketAt(_groups[group].Pages[page], b);
                for (var i = 0; i < IndexBucket.SlotCount; i++)
                {
                    var slot = bucket->Slots[i];
                    var tag = (int)(slot >> IndexBucket.TagShift);
                    if (slot != 0 && tag >= firstTag && tag < endTag) slots[count++] = slot;
                }
            }
        }

        return count;
    }
}
