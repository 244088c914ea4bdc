using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Instant;

/// <summary>
/// One instant search on one snapshot. One thread.
/// </summary>
/// <remarks>
/// <para>The order of hits is a bucket sort, as in Meilisearch's ranking rules: by words that match (the first ones;
/// those at the end are dropped), by typos, by proximity, by field, by words that stand there whole, by a field's
/// value, by path. All of it is told by the document alone, so that shards' best merge into the best of all.</para>
/// <para>Buckets end the work early. Documents that have every word without a typo come before all others; if there are
/// as many as asked for, nothing with typos is even sought, nor are words dropped: most letters that are typed end
/// here. Sets of documents by word come from each segment's <see cref="MatchCache"/>.</para>
/// <para>Memory: a bit a document for each word and bucket. Time is paid by blocks of terms, of postings and of
/// documents.</para>
/// </remarks>
internal sealed class InstantRun(CollectionFields fields, IndexSnapshot snapshot, SearchBudget budget)
{
    private CollectionFields _schema = null!;

    /// <summary>Runs it: Ok, BadQuery, or what ended the budget.</summary>
    public StatusCode Search(InstantRequest request, out InstantReply? reply, out string? error)
    {
        reply = null;
        _schema = fields.With(request.KnownFields);
        var nowMs = budget.Time.GetUtcNow().ToUnixTimeMilliseconds();
        if (InstantPlan.Of(request, _schema, nowMs, out error) is not { } plan) return StatusCode.BadQuery;
        if (ReaderFor(request, plan, out error) is not { } reader) return StatusCode.BadQuery;
        var podium = new Podium(
            request.From + request.Size,
            contender => snapshot.Views[contender.View].Segment.Paths.Read(contender.Document));
        var views = new List<InstantView>();
        try
        {
            for (var i = 0; i < snapshot.Views.Length && budget.Spend(); i++)
                if (snapshot.Views[i].LiveCount > 0) views.Add(new InstantView(plan, snapshot.Views[i], i, budget));
            var counts = Rank(request, plan, views, podium, out var isExact);
            if (budget.Status == StatusCode.Ok) reply = Answer(request, plan, podium, reader, counts, isExact);
        }
        finally
        {
            foreach (var view in views) view.Dispose();
        }

        if (budget.Status == StatusCode.Ok) return StatusCode.Ok;
        error = budget.Limit ?? $"the search was stopped: {budget.Status}";
        return budget.Status;
    }

    private static long[] Rank(
        InstantRequest request, InstantPlan plan, List<InstantView> views, Podium podium, out bool isExact)
    {
        var words = plan.Words.Length;
        var mayErr = plan.Words.Any(word => word.Fields.Any(field => field is { Edits: > 0 }));
        var plain = Counts(words, (view, level) => view.PlainCount(level));
        isExact = !mayErr;
        if (words == 0 || (plain[^1] >= request.From + request.Size && !(request.ExactTotal && mayErr)))
        {
            foreach (var view in views) view.OfferPlain(words, podium);
            return plain;
        }

        isExact = true;
        foreach (var view in views) view.OpenMistyped();
        for (var level = words; level > 0 && !podium.IsFull; level--)
        {
            foreach (var view in views) view.OfferPlain(level, podium);
            foreach (var view in views) view.OfferMistyped(level, podium);
            if (request.AllWords) break;
        }

        return Counts(words, (view, level) => view.Count(level));

        long[] Counts(int most, Func<InstantView, int, int> of) =>
            most == 0
                ? [views.Sum(view => (long)of(view, 0))]
                : [.. Enumerable.Range(1, most).Select(level => views.Sum(view => (long)of(view, level)))];
    }

    private HitReader? ReaderFor(InstantRequest request, InstantPlan plan, out string? problem)
    {
        var shown = new SearchRequest
        {
            Collection = request.Collection,
            Query = new MatchAllQuery(),
            WithSource = request.WithSource,
            SourceFields = request.SourceFields,
            HighlightFields = request.HighlightFields,
        };
        return HitReader.For(shown, TermsOf, _schema, budget, out problem);

        IHighlightTerms TermsOf(FieldSchema field)
        {
            var at = Array.FindIndex(plan.Fields, sought => sought.Name == field.Name);
            // What is not searched has nothing to mark.
            return at >= 0 ? new InstantTerms(plan, at) : HitReader.TermsOf(shown.Query, field, _schema);
        }
    }

    private InstantReply Answer(
        InstantRequest request, InstantPlan plan, Podium podium, HitReader reader, long[] counts, bool isExact)
    {
        var hits = new List<InstantHit>();
        foreach (var contender in podium.Sorted().Skip(request.From))
        {
            var place = new HitPlace(0, contender.View, contender.Document);
            var hit = reader.Read(snapshot.Views[contender.View], place);
            hits.Add(new InstantHit
            {
                Path = hit.Path,
                Version = hit.Version,
                Ranking = contender.Standing.ForClient(plan.Rank?.Type ?? FieldType.Number, plan.RankDescending),
                Source = hit.Source,
                Highlights = hit.Highlights,
            });
        }

        return new InstantReply
        {
            Words = plan.Words.Length,
            Counts = counts,
            TotalIsExact = isExact,
            Hits = hits,
            Coverage = new Coverage(1, 1, snapshot.LiveCount, snapshot.LiveCount),
            FieldsHere = fields.Unlike(request.KnownFields),
        };
    }
}
