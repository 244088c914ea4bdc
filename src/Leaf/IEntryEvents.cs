namespace Hedgerow.Leaf;

/// <summary>
/// Told when an entry leaves a store by itself: because its time has come or to make room. Tombstones and what a
/// command removes are not told. With nobody listening it costs nothing.
/// </summary>
/// <remarks>
/// Called by whichever thread was reading, writing or sweeping, under the gate of the entry's partition: copy the path
/// and return. It must not call into the store, wait or throw. An expired entry is told of once, when a sweep, an
/// eviction or a write finds it, which is within seconds of its time whether it is read or not.
/// </remarks>
public interface IEntryEvents
{
    /// <param name="path">Holds until the call returns.</param>
    void Expired(ReadOnlySpan<byte> path);

    /// <param name="path">Holds until the call returns.</param>
    void Evicted(ReadOnlySpan<byte> path);
}
