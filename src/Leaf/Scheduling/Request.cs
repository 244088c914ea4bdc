using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>A request without its body: who asked for what, and when.</summary>
/// <param name="Header">The request's header.</param>
/// <param name="Sink">The way back.</param>
/// <param name="ReceivedTicks">When it arrived, by <see cref="LeafClock.Ticks"/>.</param>
internal readonly record struct Request(RequestHeader Header, IReplySink Sink, long ReceivedTicks);
