using System.Runtime.CompilerServices;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Search.Vectors;

/// <summary>Which vectors may be found.</summary>
/// <param name="Documents">The document of each vector; null where they are the same.</param>
/// <param name="Wanted">Documents that match the filter; null for all.</param>
/// <param name="Dead">Deleted documents; null for none.</param>
internal readonly record struct Accepted(VectorColumn? Documents, ulong[]? Wanted, ulong[]? Dead)
{
    /// <summary>Whether every one may be.</summary>
    public bool IsAll => Wanted is null && Dead is null;

    /// <summary>Whether one may be.</summary>
    public bool Has(int ordinal)
    {
        if (IsAll) return true;
        var document = Documents!.Document(ordinal);
        return (Wanted is null || BitWords.Has(Wanted, document)) && !BitWords.Has(Dead, document);
    }
}

/// <summary>
/// Walks a graph towards what is near (algorithms 2 and 5 of the paper): always on from the nearest node that was seen
/// and not yet left, until the nearest such is further away than the worst of what was found. Nodes that may not be
/// found are walked over all the same: they are the way to the others. Working memory of one thread, a byte for each
/// node of the largest graph walked; reused.
/// </summary>
internal sealed class HnswSearch
{
    /// <summary>Memory kept for the thread's next search: 4 MiB.</summary>
    private const int SeenKept = 4 << 20;

    [ThreadStatic]
    private static HnswSearch? t_kept;

    private readonly NearestHeap _found = new();
    private readonly NearestHeap _ahead = new();
    private byte[] _seen = [];
    private byte _round;
    private int[] _fresh = new int[256];

    /// <summary>What was found by the last walk.</summary>
    public NearestHeap Found => _found;

    /// <summary>Comparisons since the counter was set to zero.</summary>
    public long Compared { get; set; }

    /// <summary>This thread's, or a new one where that is in use.</summary>
    public static HnswSearch Take()
    {
        var search = t_kept ?? new HnswSearch();
        t_kept = null;
        return search;
    }

    /// <summary>Keeps it for the thread's next search.</summary>
    public void GiveBack()
    {
        if (_seen.Length > SeenKept) _seen = [];
        t_kept = this;
    }

    /// <summary>Finds about the nearest: from the top down to level 0.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="metric">Of its vectors.</param>
    /// <param name="rows">Its vectors.</param>
    /// <param name="query">Near what.</param>
    /// <param name="candidates">How many to find.</param>
    /// <param name="accepted">What may be found.</param>
    /// <param name="comparedMax">Comparisons after which it gives up.</param>
    /// <param name="budget">Spent by each node left.</param>
    /// <returns>Whether it came to its end; the nearest are in <see cref="Found"/>.</returns>
    public bool Find<TRows>(
        in HnswGraph graph, in VectorMetric metric, TRows rows, in VectorRow query, int candidates,
        in Accepted accepted, long comparedMax, SearchBudget budget)
        where TRows : IVectorRows
    {
        Compared = 0;
        var entry = Descend(graph, metric, rows, query, graph.Shape.Entry, graph.Shape.Top, 0);
        Begin(graph.Shape.Nodes, candidates);
        See(entry, accepted.Has(NearestHeap.NumberOf(entry)));
        return Walk(graph, metric, rows, query, 0, accepted, comparedMax, budget);
    }

    /// <summary>Goes by the nearest link from level to level, down to above one.</summary>
    /// <returns>The key of the node it ends at.</returns>
    public ulong Descend<TRows>(
        in HnswGraph graph, in VectorMetric metric, TRows rows, in VectorRow query, int entry, int from, int downTo)
        where TRows : IVectorRows
    {
        var best = KeyOf(metric, rows, query, entry);
        for (var level = from; level > downTo; level--)
        {
            for (var before = 0UL; before != best;)
            {
                before = best;
                foreach (var node in graph.Links(NearestHeap.NumberOf(before), level))
                    best = Math.Max(best, KeyOf(metric, rows, query, node));
            }
        }

        return best;
    }

    /// <summary>Finds candidates for links on a level, from nodes that were found on the level above.</summary>
    public void FindLinks<TRows>(
        in HnswGraph graph, in VectorMetric metric, TRows rows, in VectorRow query, ReadOnlySpan<ulong> entries,
        int level, int candidates, SearchBudget budget)
        where TRows : IVectorRows
    {
        Begin(graph.Shape.Nodes, candidates);
        foreach (var entry in entries) See(entry, isFound: true);
        Walk(graph, metric, rows, query, level, default, long.MaxValue, budget);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Walk<TRows>(
        in HnswGraph graph, in VectorMetric metric, TRows rows, in VectorRow query, int level, in Accepted accepted,
        long comparedMax, SearchBudget budget)
        where TRows : IVectorRows
    {
        while (_ahead.Count > 0)
        {
            // Ahead the order is turned round, so that its worst is the nearest.
            var next = ~_ahead.Pop();
            if (_found.IsFull && next < _found.Worst) break;
            if (Compared > comparedMax || !budget.Spend()) return false;
            var fresh = Fresh(graph.Links(NearestHeap.NumberOf(next), level), metric, rows);
            foreach (var node in fresh)
            {
                var key = KeyOf(metric, rows, query, node);
                if (_found.IsFull && key < _found.Worst) continue;
                if (_ahead.Count == 0 || ~key < _ahead.Worst) graph.FetchLinks(node, level);
                _ahead.Offer(~key);
                if (accepted.Has(node)) _found.Offer(key);
            }
        }

        return true;
    }

    /// <summary>Those of some nodes that were not seen yet; their vectors are on the way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<int> Fresh<TRows>(ReadOnlySpan<int> links, in VectorMetric metric, TRows rows)
        where TRows : IVectorRows
    {
        if (_fresh.Length < links.Length) _fresh = new int[links.Length];
        var count = 0;
        foreach (var node in links)
        {
            if (_seen[node] == _round) continue;
            _seen[node] = _round;
            rows[node].Fetch(metric);
            _fresh[count++] = node;
        }

        return _fresh.AsSpan(0, count);
    }

    private void Begin(int nodes, int candidates)
    {
        if (_seen.Length < nodes)
        {
            _seen = new byte[nodes];
            _round = 0;
        }

        if (++_round == 0)
        {
            Array.Clear(_seen);
            _round = 1;
        }

        _found.Clear(candidates);
        _ahead.Clear(int.MaxValue);
    }

    private void See(ulong key, bool isFound)
    {
        _seen[NearestHeap.NumberOf(key)] = _round;
        _ahead.Offer(~key);
        if (isFound) _found.Offer(key);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong KeyOf<TRows>(in VectorMetric metric, TRows rows, in VectorRow query, int node)
        where TRows : IVectorRows
    {
        Compared++;
        return NearestHeap.KeyOf(metric.Near(query, rows[node]), node);
    }
}
