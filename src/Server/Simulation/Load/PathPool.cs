using System.Buffers;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Server.Simulation.Scenarios;

namespace Hedgerow.Server.Simulation.Load;

/// <summary>
/// The paths that a stream of load asks for, as request bodies. Popularity is Zipf's where the stream has a skew;
/// requests for many paths may go round the shards, so that each server is asked.
/// </summary>
internal sealed class PathPool
{
    private const int ValueBytes = 64;

    private readonly LoadStream _stream;
    private readonly Random _random;
    private readonly byte[][] _paths;
    private readonly byte[][] _bodies;
    private readonly double[] _popularity;
    private readonly int[][] _ofShard;
    private readonly ReadOnlyMemory<byte> _search;

    /// <param name="stream">What is asked for.</param>
    /// <param name="shardOf">Where a path lies.</param>
    /// <param name="shards">Shards of the cluster.</param>
    /// <param name="random">Chooses.</param>
    public PathPool(LoadStream stream, Func<byte[], int> shardOf, int shards, Random random)
    {
        _stream = stream;
        _random = random;
        // Going round the shards takes a few paths of each.
        var keys = stream.Evenly ? Math.Max(stream.Keys, shards * 16) : stream.Keys;
        _paths = [.. Enumerable.Range(0, keys).Select(i => Encoding.UTF8.GetBytes($"/{stream.Name}/{i}"))];
        _bodies = [.. _paths.Select(BodyOf)];
        _popularity = Popularity(keys, stream.Skew);
        _ofShard = stream.Evenly ? Sorted(shardOf, shards) : [];
        _search = SearchBody();
    }

    /// <summary>The body of one request for one path, or of a search.</summary>
    public ReadOnlyMemory<byte> One() =>
        _stream.Operation == LoadOperation.Search ? _search : _bodies[Next(0)];

    /// <summary>The body for the n-th of many paths.</summary>
    public ReadOnlyMemory<byte> Of(int n) => _bodies[Next(n)];

    /// <summary>The body of one request for all the paths.</summary>
    public ReadOnlyMemory<byte> Many()
    {
        var output = new ArrayBufferWriter<byte>(_stream.Paths * 32);
        GetManyCodec.WriteCount(output, _stream.Paths);
        for (var n = 0; n < _stream.Paths; n++)
        {
            var path = _paths[Next(n)];
            GetManyCodec.WritePath(output, 0, path);
        }

        return output.WrittenMemory;
    }

    private int Next(int n)
    {
        if (_stream.Evenly)
        {
            var shard = _ofShard[n % _ofShard.Length];
            return shard[_random.Next(shard.Length)];
        }

        if (_popularity.Length == 0) return _random.Next(_paths.Length);
        var at = Array.BinarySearch(_popularity, _random.NextDouble());
        return Math.Min(at < 0 ? ~at : at, _paths.Length - 1);
    }

    private byte[] BodyOf(byte[] path)
    {
        var command = _stream.Operation == LoadOperation.Set
            ? new CacheCommand { Opcode = Opcode.Set, Path = path, Value = new byte[ValueBytes] }
            : new CacheCommand { Opcode = Opcode.Get, Path = path };
        var body = new byte[command.Length];
        command.WriteTo(body);
        return body;
    }

    /// <summary>Shares of all up to each path; empty when all are alike.</summary>
    private static double[] Popularity(int keys, double skew)
    {
        if (skew == 0) return [];
        var sums = new double[keys];
        var sum = 0.0;
        for (var i = 0; i < keys; i++) sums[i] = sum += Math.Pow(i + 1, -skew);
        for (var i = 0; i < keys; i++) sums[i] /= sum;
        return sums;
    }

    private int[][] Sorted(Func<byte[], int> shardOf, int shards)
    {
        var lists = new List<int>[shards];
        for (var i = 0; i < shards; i++) lists[i] = [];
        for (var i = 0; i < _paths.Length; i++) lists[shardOf(_paths[i])].Add(i);
        return [.. lists.Where(list => list.Count > 0).Select(list => list.ToArray())];
    }

    private static ReadOnlyMemory<byte> SearchBody()
    {
        var output = new ArrayBufferWriter<byte>();
        // A part of a search is no answer here.
        var request = new SearchRequest { Collection = "docs", Query = new MatchAllQuery(), AllowPartial = false };
        SearchCodec.Write(output, request);
        return output.WrittenMemory;
    }
}
