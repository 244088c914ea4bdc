using System.Text;

namespace Hedgerow.Protocol;

/// <summary>
/// What a router knows of the fields that the shards of a dynamic collection have, each of which finds its own in the
/// documents that it holds. With it every shard plans a query on the same fields, whatever it has met itself.
/// </summary>
/// <param name="Names">The names of all fields of all shards as one number: <see cref="SumOf"/>.</param>
/// <param name="Fields">The fields that not every shard has, at most <see cref="FieldsMax"/>.</param>
public sealed record KnownFields(ulong Names, IReadOnlyList<KnownField> Fields)
{
    /// <summary>
    /// Most fields that the shards of a collection may have together, if queries are to find the same on any number of
    /// them: 4,096. With more, each shard goes by its own.
    /// </summary>
    public const int FieldsMax = 16 * CollectionSchema.FieldsMax;

    /// <summary>Names as one number, whatever their order: the sum of their hashes. Each is to be given once.</summary>
    public static ulong SumOf(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        ulong sum = 0;
        foreach (var name in names) sum = unchecked(sum + PathHash.OfPath(Encoding.UTF8.GetBytes(name)));
        return sum;
    }
}

/// <summary>A field of a dynamic collection.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What it holds.</param>
public readonly record struct KnownField(string Name, FieldType Type);
