namespace Hedgerow.Leaf.Shards;

/// <summary>Where tests step in, to have happen in between what rarely falls there. Nothing sets them else.</summary>
internal sealed class LeafHooks
{
    /// <summary>Called between the finding of an index and its reading, on the reading thread.</summary>
    public Action? OnFound { get; set; }
}
