using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Vectors;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Plans queries for nearest vectors, which are numbered as they stand in the tree. One search.</summary>
internal sealed class VectorPlans(PlanScope scope)
{
    private static readonly FieldType[] Types = [FieldType.DenseVector];

    private readonly Dictionary<KnnQuery, int> _numbers = new(ReferenceEqualityComparer.Instance);
    private readonly List<KnnWeight> _weights = [];

    /// <summary>Queries of this kind in the tree, planned or not.</summary>
    public int Count => _numbers.Count;

    /// <summary>Numbers the tree's queries from its root on.</summary>
    public void Number(QueryNode root, bool isWithin = false)
    {
        if (root is KnnQuery query)
        {
            if (isWithin) scope.Failed("the filter of a knn query has another one within, which is not allowed");
            _numbers[query] = _numbers.Count;
            if (_numbers.Count > KnnQuery.NodesMax)
                scope.Failed($"the query has more than {KnnQuery.NodesMax} knn queries, which is the limit");
            isWithin = true;
        }

        foreach (var child in root.Children()) Number(child, isWithin);
    }

    /// <summary>Plans one.</summary>
    /// <param name="query">A query of the numbered tree.</param>
    /// <param name="filter">Its filter, planned; null for none.</param>
    /// <param name="score">What its scores are multiplied by.</param>
    public Weight PlanKnn(KnnQuery query, Weight? filter, double score)
    {
        if (!_numbers.TryGetValue(query, out var number)) return scope.Failed("a knn query cannot stand here");
        if (scope.Field(query.Field, Types) is not { Vector: { } options } field) return new NothingWeight();
        if (query.K is < 1 or > KnnQuery.CandidatesMax)
            return scope.Failed($"a k of {query.K} is not allowed; 1 to {KnnQuery.CandidatesMax} are");
        if (query.Candidates < query.K || query.Candidates > KnnQuery.CandidatesMax)
        {
            return scope.Failed(
                $"{query.Candidates} candidates are not allowed; k = {query.K} to {KnnQuery.CandidatesMax} are");
        }

        var isFinite = double.IsFinite(query.Similarity ?? 0) && double.IsFinite(query.ScoreMin ?? 0);
        var problem = VectorRules.Problem(options, query.Vector.Span)
            ?? (isFinite ? null : "has a threshold that is not finite");
        if (problem is not null) return scope.Failed($"the query's vector for field '{field.Name}' {problem}");
        var weight = new KnnWeight(number, query, new QueryVector(options, query.Vector.Span), filter, score);
        _weights.Add(weight);
        return weight;
    }

    /// <summary>Looks for the nearest of each, or takes what was found in all shards.</summary>
    public void Bind(IndexSnapshot snapshot, TermStatistics? given, VectorCounts counts, SearchBudget budget)
    {
        foreach (var weight in _weights)
        {
            if (given is not null && weight.Number < given.Nearest.Count)
                weight.Bind(snapshot, given.Nearest[weight.Number].Documents, budget);
            else
                weight.Bind(snapshot, weight.Find(snapshot, counts, budget));
        }
    }

    /// <summary>The nearest of each in the shard, in the order of the tree.</summary>
    public NearestDocuments[] Report(IndexSnapshot snapshot, VectorCounts counts, SearchBudget budget)
    {
        var all = new NearestDocuments[_numbers.Count];

        // Where no document has the field yet, or nothing of the clause counts, none are near.
        foreach (var (query, number) in _numbers) all[number] = new NearestDocuments(Math.Max(1, query.K), []);
        foreach (var weight in _weights)
            all[weight.Number] = weight.Report(snapshot, weight.Find(snapshot, counts, budget));
        return all;
    }
}
