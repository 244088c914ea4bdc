using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>A weight that is opened only after it has seen the statistics of the whole collection.</summary>
internal interface IBoundWeight
{
    /// <summary>Says which statistics it needs: what a shard reports, and a router sums over all shards.</summary>
    void Count(StatisticsRows rows);

    /// <summary>Takes them: those sums, or on a single shard what is counted there.</summary>
    void Bind(QueryStatistics statistics);
}

/// <summary>The statistics that the clauses of a query need, each row once, in the order they are asked for.</summary>
internal sealed class StatisticsRows(QueryStatistics statistics)
{
    private readonly HashSet<string> _knownFields = new(StringComparer.Ordinal);
    private readonly HashSet<(string Field, string Term)> _knownTerms = [];
    private readonly List<FieldStatistics> _fields = [];
    private readonly List<TermFrequency> _terms = [];

    /// <summary>What counts them.</summary>
    public QueryStatistics Statistics => statistics;

    /// <summary>Totals of fields.</summary>
    public IReadOnlyList<FieldStatistics> Fields => _fields;

    /// <summary>Documents of terms.</summary>
    public IReadOnlyList<TermFrequency> Terms => _terms;

    /// <summary>Asks for a field's totals.</summary>
    public void Add(string field)
    {
        if (_knownFields.Add(field)) _fields.Add(statistics.Field(field));
    }

    /// <summary>Asks for a term's documents.</summary>
    public void Add(string field, string term)
    {
        if (_knownTerms.Add((field, term)))
            _terms.Add(new TermFrequency(field, term, statistics.Documents(field, term)));
    }
}
