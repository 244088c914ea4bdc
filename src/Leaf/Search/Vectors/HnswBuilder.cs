using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Vectors;

/// <summary>
/// Builds a graph node by node (algorithms 1, 3 and 4 of the paper). The level of a node follows from its number by a
/// seeded hash and nothing is left to chance or to threads: the same vectors in the same order make the same graph. One
/// thread.
/// </summary>
/// <remarks>
/// <para>Memory: (2 m + 2) integers a node, one node in m has m + 1 more, and a byte for the walk: 137 bytes a node at
/// m = 16.</para>
/// <para>A graph may begin with another's nodes (Adopt), as when segments are merged: the links of the
/// largest are carried over and only the others' nodes are inserted. Where a neighbour was deleted, its neighbours are
/// candidates in its place (Singh et al.: FreshDiskANN, 2021, algorithm 4).</para>
/// </remarks>
internal sealed unsafe class HnswBuilder<TRows>
    where TRows : IVectorRows
{
    private const ulong Seed = 0x9E37_79B9_7F4A_7C15;
    private const int LevelMax = 12;

    private readonly VectorOptions _options;
    private readonly VectorMetric _metric;
    private readonly TRows _rows;
    private readonly MergePace _pace;
    private readonly SearchBudget _budget = SearchBudget.Unlimited();
    private readonly HnswSearch _search = new();
    private readonly HnswShape _shape;
    private readonly byte[] _levels;
    private readonly int[] _base;
    private readonly uint[] _first;
    private readonly int[] _above;
    private readonly bool[] _isIn;
    private readonly List<ulong> _near = [];
    private readonly List<int> _chosen = [];
    private ulong[] _entries = [];
    private int _entry = -1;
    private int _top;

    /// <summary>A graph without nodes in it yet.</summary>
    /// <param name="options">Of the field.</param>
    /// <param name="rows">Its vectors, one for each node.</param>
    /// <param name="nodes">How many.</param>
    /// <param name="levels">Level of nodes that had one elsewhere, -1 for others; null for none.</param>
    /// <param name="pace">Breathes at each node.</param>
    public HnswBuilder(VectorOptions options, TRows rows, int nodes, sbyte[]? levels, MergePace pace)
    {
        _options = options;
        _metric = new VectorMetric(options, options.Quantization == VectorQuantization.Int8);
        _rows = rows;
        _pace = pace;
        _levels = new byte[nodes];
        _first = GC.AllocateUninitializedArray<uint>(nodes, pinned: true);
        var above = 0;
        for (var node = 0; node < nodes; node++)
        {
            var known = levels?[node] ?? -1;
            _levels[node] = (byte)(known >= 0 ? known : LevelOf(node, options.M));
            _first[node] = _levels[node] == 0 ? HnswGraph.NoRow : (uint)above;
            above += _levels[node];
        }

        _shape = new HnswShape(nodes, options.M, 0, 0, above);
        _base = GC.AllocateArray<int>(checked(nodes * _shape.BaseRow), pinned: true);
        _above = GC.AllocateArray<int>(checked(above * _shape.AboveRow), pinned: true);
        _isIn = new bool[nodes];
    }

    /// <summary>The graph as it is now; valid while the builder is.</summary>
    public HnswGraph Graph => new(
        _shape with { Entry = Math.Max(0, _entry), Top = _top },
        (int*)Start(_base), (uint*)Start(_first), (int*)Start(_above));

    /// <summary>Inserts every node that is not in yet.</summary>
    public HnswGraph Build()
    {
        for (var node = 0; node < _shape.Nodes; node++)
        {
            if (_isIn[node]) continue;
            _pace.Breathe();
            Insert(node);
        }

        return Graph;
    }

    /// <summary>Carries links over from another graph.</summary>
    /// <param name="graph">The other.</param>
    /// <param name="map">For each of its nodes the new number, -1 for those left out; rising.</param>
    public void Adopt(HnswGraph graph, int[] map)
    {
        for (var old = 0; old < map.Length; old++)
        {
            if (map[old] < 0) continue;
            if (old % 64 == 0) _pace.Breathe();
            var node = map[old];
            for (var level = 0; level <= _levels[node]; level++) Adopt(graph, map, old, level);

            // Whoever has lost all is inserted like a new one.
            _isIn[node] = *Row(node, 0) > 0;
            if (_isIn[node] && (_entry < 0 || _levels[node] > _top)) (_entry, _top) = (node, _levels[node]);
        }
    }

    /// <summary>The levels of a graph's nodes by their new numbers.</summary>
    public static sbyte[] LevelsOf(HnswGraph graph, int[] map, int nodes)
    {
        var levels = new sbyte[nodes];
        levels.AsSpan().Fill(-1);
        var next = (uint)graph.Shape.RowsAbove;
        for (var old = map.Length - 1; old >= 0; old--)
        {
            if (map[old] >= 0) levels[map[old]] = (sbyte)graph.Level(old, next);
            if (graph.First(old) != HnswGraph.NoRow) next = graph.First(old);
        }

        return levels;
    }

    private void Adopt(HnswGraph graph, int[] map, int old, int level)
    {
        _near.Clear();
        var node = map[old];
        var hasLost = false;
        foreach (var link in graph.Links(old, level)) hasLost |= map[link] < 0;
        foreach (var link in graph.Links(old, level))
            if (map[link] >= 0) AddNear(node, map[link], hasLost);
        if (hasLost)
        {
            foreach (var link in graph.Links(old, level))
                if (map[link] < 0) AddBeyond(graph, map, old, link, level);
            _near.Sort();
            _near.Reverse();
        }

        if (hasLost && _near.Count > _shape.LinksMax(level)) Choose(_shape.LinksMax(level));
        else TakeAll();
        Write(node, level);
    }

    /// <summary>Takes the links of a node that is left out for those that it had linked to it.</summary>
    private void AddBeyond(HnswGraph graph, int[] map, int old, int lost, int level)
    {
        foreach (var beyond in graph.Links(lost, level))
            if (map[beyond] >= 0 && beyond != old) AddNear(map[old], map[beyond], isCompared: true);
    }

    private void AddNear(int from, int to, bool isCompared)
    {
        var key = NearestHeap.KeyOf(isCompared ? _metric.Near(_rows[from], _rows[to]) : 0, to);
        if (!isCompared || !_near.Contains(key)) _near.Add(key);
    }

    private void Insert(int node)
    {
        var level = _levels[node];
        _isIn[node] = true;
        if (_entry < 0)
        {
            (_entry, _top) = (node, level);
            return;
        }

        var graph = Graph;
        var query = _rows[node];
        var entry = _search.Descend(graph, _metric, _rows, query, _entry, _top, level);
        var entries = Kept([entry]);
        for (var on = Math.Min(_top, (int)level); on >= 0; on--)
        {
            _search.FindLinks(graph, _metric, _rows, query, entries, on, _options.EfConstruction, _budget);
            entries = Kept(_search.Found.Sorted());
            Link(node, on, entries);
        }

        if (level > _top) (_entry, _top) = (node, level);
    }

    /// <summary>A copy that walks leave alone.</summary>
    private ReadOnlySpan<ulong> Kept(ReadOnlySpan<ulong> entries)
    {
        if (_entries.Length < entries.Length) _entries = new ulong[Math.Max(entries.Length, _options.EfConstruction)];
        entries.CopyTo(_entries);
        return _entries.AsSpan(0, entries.Length);
    }

    /// <summary>Links a node to the best of some, and those to it.</summary>
    private void Link(int node, int level, ReadOnlySpan<ulong> candidates)
    {
        // One that has lost its own links may still be linked to, and find itself.
        _near.Clear();
        foreach (var key in candidates)
            if (NearestHeap.NumberOf(key) != node) _near.Add(key);
        Choose(_options.M);
        Write(node, level);
        var row = Row(node, level);
        for (var i = 1; i <= *row; i++) LinkBack(row[i], node, level);
    }

    private void LinkBack(int from, int to, int level)
    {
        var row = Row(from, level);
        var most = _shape.LinksMax(level);
        if (new ReadOnlySpan<int>(row + 1, *row).Contains(to)) return;
        if (*row < most)
        {
            row[++*row] = to;
            return;
        }

        _near.Clear();
        var self = _rows[from];
        for (var i = 1; i <= *row; i++) _near.Add(NearestHeap.KeyOf(_metric.Near(self, _rows[row[i]]), row[i]));
        _near.Add(NearestHeap.KeyOf(_metric.Near(self, _rows[to]), to));
        _near.Sort();
        _near.Reverse();
        Choose(most);
        Write(from, level);
    }

    /// <summary>
    /// Of the near nodes, nearest first, those that are nearer than to any chosen before: so links go in all
    /// directions.
    /// </summary>
    private void Choose(int most)
    {
        _chosen.Clear();
        foreach (var key in _near)
        {
            if (_chosen.Count == most) return;
            var node = NearestHeap.NumberOf(key);
            var row = _rows[node];
            var near = NearestHeap.NearOf(key);
            var isBest = true;
            for (var i = 0; i < _chosen.Count && isBest; i++) isBest = _metric.Near(row, _rows[_chosen[i]]) < near;
            if (isBest) _chosen.Add(node);
        }
    }

    private void TakeAll()
    {
        _chosen.Clear();
        foreach (var key in _near) _chosen.Add(NearestHeap.NumberOf(key));
    }

    private void Write(int node, int level)
    {
        var row = Row(node, level);
        *row = _chosen.Count;
        for (var i = 0; i < _chosen.Count; i++) row[i + 1] = _chosen[i];
    }

    private int* Row(int node, int level) => level == 0
        ? (int*)Start(_base) + ((long)node * _shape.BaseRow)
        : (int*)Start(_above) + ((_first[node] + level - 1L) * _shape.AboveRow);

    private static void* Start<T>(T[] pinned) => Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));

    /// <summary>The level of a node: one in m stands on each that stands on the one below.</summary>
    private static int LevelOf(int node, int m)
    {
        var mixed = Seed + ((ulong)node * 0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
        mixed ^= mixed >> 31;
        var unit = ((mixed >> 11) + 1) * (1.0 / (1UL << 53));
        return Math.Min(LevelMax, (int)(-Math.Log(unit) / Math.Log(m)));
    }
}
