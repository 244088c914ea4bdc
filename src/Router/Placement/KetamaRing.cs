using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Hedgerow.Router;

/// <summary>
/// Ketama's ring as libmemcached weights it: server i of n with weight w has floor(w / total x 40 x n) MD5 digests of
/// "name-j", four little-endian points each, so 160 points on average. A key belongs to the first point at or above the
/// little-endian first four bytes of its MD5, or else to the lowest. MD5 is the format, not a protection.
/// </summary>
#pragma warning disable CA5351 // MD5 is what ketama is made of.
internal sealed class KetamaRing
{
    private const int DigestsPerServer = 40;
    private const int PointsPerDigest = 4;

    private readonly uint[] _points;
    private readonly int[] _owners;

    public KetamaRing(IReadOnlyList<(string Name, int Weight)> servers)
    {
        long total = servers.Sum(s => (long)s.Weight);
        var points = new List<(uint Point, int Owner)>(servers.Count * DigestsPerServer * PointsPerDigest);
        for (var i = 0; i < servers.Count; i++)
        {
            var share = (double)servers[i].Weight / total;
            // The tiny addend is libmemcached's: without it equal weights lose a digest to rounding.
            var digests = (int)Math.Floor((share * DigestsPerServer * servers.Count) + 1e-10);
            for (var j = 0; j < digests; j++) AddPoints(points, $"{servers[i].Name}-{j}", i);
        }

        points.Sort();
        _points = points.Select(p => p.Point).ToArray();
        _owners = points.Select(p => p.Owner).ToArray();
    }

    /// <summary>The points in rising order, with the index of the server each belongs to.</summary>
    public IEnumerable<(uint Point, int Owner)> Points => _points.Zip(_owners);

    public static uint HashOf(ReadOnlySpan<byte> key)
    {
        Span<byte> digest = stackalloc byte[MD5.HashSizeInBytes];
        MD5.HashData(key, digest);
        return BinaryPrimitives.ReadUInt32LittleEndian(digest);
    }

    /// <summary>The index of the server that a key belongs to. O(log points); allocates nothing.</summary>
    public int OwnerOf(ReadOnlySpan<byte> key) => _owners[PointIndexOf(HashOf(key))];

    public uint PointOf(ReadOnlySpan<byte> key) => _points[PointIndexOf(HashOf(key))];

    private static void AddPoints(List<(uint Point, int Owner)> points, string label, int owner)
    {
        Span<byte> digest = stackalloc byte[MD5.HashSizeInBytes];
        MD5.HashData(Encoding.UTF8.GetBytes(label), digest);
        for (var k = 0; k < PointsPerDigest; k++)
            points.Add((BinaryPrimitives.ReadUInt32LittleEndian(digest[(4 * k)..]), owner));
    }

    private int PointIndexOf(uint hash)
    {
        int low = 0, high = _points.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_points[middle] < hash) low = middle + 1;
            else high = middle;
        }

        return low == _points.Length ? 0 : low;
    }
}
