using System.Runtime.CompilerServices;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>What a <see cref="DeadlineQueue"/> has to know of one that waits in it.</summary>
/// <param name="opcode">Times of like work are told apart.</param>
/// <param name="receivedTicks">When it came, by the clock of the queue.</param>
/// <param name="deadlineTicks">When nobody waits for it any more; the largest number for never.</param>
public abstract class QueuedWork(Opcode opcode, long receivedTicks, long deadlineTicks)
{
    private TwoPlaces _places = TwoPlaces.Nowhere;

    /// <summary>Times of like work are told apart.</summary>
    public Opcode Opcode => opcode;

    /// <summary>When it came, by the clock of the queue.</summary>
    public long ReceivedTicks => receivedTicks;

    /// <summary>When nobody waits for it any more; the largest number when there is no such time.</summary>
    public long DeadlineTicks => deadlineTicks;

    /// <summary>Where it stands in its queue's heaps; -1 where it does not. The queue's.</summary>
    internal ref TwoPlaces Places => ref _places;

    /// <summary>One place for each of two orders.</summary>
    [InlineArray(2)]
    internal struct TwoPlaces
    {
        private int _first;

        /// <summary>In neither.</summary>
        public static TwoPlaces Nowhere
        {
            get
            {
                var places = default(TwoPlaces);
                places[0] = places[1] = -1;
                return places;
            }
        }
    }
}
