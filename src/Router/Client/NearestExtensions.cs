using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Searches for nearest vectors in one call.</summary>
public static class NearestExtensions
{
    /// <summary>The documents of a collection whose vectors are nearest to one, best first.</summary>
    /// <param name="client">The cluster.</param>
    /// <param name="collection">The collection's name.</param>
    /// <param name="field">A field of type <see cref="FieldType.DenseVector"/>.</param>
    /// <param name="vector">As many numbers as the field's vectors have.</param>
    /// <param name="k">How many, 1 to <see cref="KnnQuery.CandidatesMax"/>.</param>
    /// <param name="filter">What documents have to match to be looked at; null for all.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="HedgerowException">BadQuery where the vector does not fit the field; what a search throws.
    /// </exception>
    public static ValueTask<SearchReply> NearestAsync(
        this HedgerowClient client,
        string collection,
        string field,
        ReadOnlyMemory<float> vector,
        int k = 10,
        QueryNode? filter = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        var request = new SearchRequest
        {
            Collection = collection, Query = new KnnQuery(field, vector, k) { Filter = filter }, Size = k,
        };
        return client.SearchAsync(request, cancel);
    }
}
