using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Durability;

/// <summary>What an index of a collection is for.</summary>
internal enum PlaceState : uint
{
    /// <summary>It answers for its collection.</summary>
    Serving = 0,

    /// <summary>It is being filled, to take the place of the one that serves.</summary>
    Building = 1,

    /// <summary>Its collection was dropped, or another took its place; its ordinal may be given out again.</summary>
    Dropped = 2,
}

/// <summary>One index of a collection, in every shard of the leaf.</summary>
/// <param name="Schema">What it indexes by.</param>
/// <param name="State">What it is for.</param>
/// <param name="Generation">
/// Tells the indexes of one collection apart; 0 for the one that a declaration makes, the version of the change for one
/// that a reindex makes.
/// </param>
/// <param name="Since">Version of the change from which on it serves; 0 from the declaration on.</param>
internal sealed record CollectionPlace(CollectionSchema Schema, PlaceState State, ulong Generation, ulong Since)
{
    /// <summary>
    /// Of one that is being filled: whether the leaf has promised that it can take its place, so that every write has
    /// to fit its schema too.
    /// </summary>
    public bool IsSealed { get; init; }

    /// <summary>Begins what is behind the name in <see cref="IndexName"/>; no collection's name may have it.</summary>
    public const char GenerationMark = '~';

    /// <summary>The name of this very index: of its directory, and to search it whichever one serves.</summary>
    public string IndexName => Generation == 0
        ? Schema.Name
        : string.Create(CultureInfo.InvariantCulture, $"{Schema.Name}{GenerationMark}{Generation:x16}");

    /// <summary>A place for the first index of a collection.</summary>
    public static CollectionPlace Declared(CollectionSchema schema) => new(schema, PlaceState.Serving, 0, 0);
}

/// <summary>Another name of a collection.</summary>
/// <param name="Collection">Where it leads.</param>
/// <param name="Version">Of the change that made it so.</param>
internal readonly record struct CollectionAlias(string Collection, ulong Version);
