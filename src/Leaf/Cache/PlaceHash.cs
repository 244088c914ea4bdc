using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Where a path lies inside one store: XXH3-64 under a secret seed. The public <see cref="Protocol.PathHash"/> has no
/// seed, and paths that share it can be written down by the million; nobody outside knows which paths share this one.
/// Costs some 3 ns for a path of 16 bytes.
/// </summary>
internal readonly struct PlaceHash(long seed)
{
    /// <summary>One for each process: its stores agree, and no two processes do.</summary>
    private static readonly long ProcessSeed = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));

    /// <param name="seed">Null takes the secret of this process; tests set one, to have the same places.</param>
    public static PlaceHash Create(long? seed) => new(seed ?? ProcessSeed);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Of(ReadOnlySpan<byte> path) => XxHash3.HashToUInt64(path, seed);
}
