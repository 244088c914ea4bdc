using Hedgerow.Protocol;

namespace Hedgerow.Server.Tests.Everything;

/// <summary>Pages, places to begin behind, least scores and groups, against the same cut out of all hits.</summary>
internal static class AnyParts
{
    public static async Task OfAsync(
        Random random, Collections collections, SearchRequest whole, IReadOnlyList<SearchHit> all)
    {
        var request = whole with
        {
            Size = random.Next(random.Next(2) == 0 ? 4 : 40), From = random.Next(3) == 0 ? random.Next(12) : 0,
            Explain = false,
        };
        IReadOnlyList<SearchHit> left = [.. all.Select(hit => hit with { Explanation = null })];
        if (random.Next(4) == 0 && left.Count > 0)
        {
            // Between two scores, or at one.
            var least = left[random.Next(left.Count)].Score;
            request = request with { MinScore = random.Next(2) == 0 ? least : MathF.BitIncrement(least) };
            left = [.. left.Where(hit => hit.Score >= request.MinScore)];
        }

        var total = left.Count;
        if (random.Next(3) == 0) request = Grouped(random, collections, request, ref left);
        if (random.Next(3) == 0 && left.Count > 0) request = Behind(random, request, ref left);
        request = random.Next(4) switch
        {
            0 => request with { ExactTotal = false },
            1 => request with { TotalUpTo = random.Next(30) },
            _ => request,
        };
        if (random.Next(5) == 0) request = Unscored(request, ref left);
        SearchHit[] expected = [.. left.Skip(request.From).Take(request.Size)];
        try
        {
            foreach (var cluster in new[] { collections.One, collections.Seven })
            {
                var reply = await cluster.Client.SearchAsync(request, TestContext.Current.CancellationToken);
                AnyAsserts.Same(expected, reply.Hits);
                Counted(request, reply, total);
            }
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            throw new InvalidOperationException($"part {AnyAsserts.Show(request)}: {problem.Message}", problem);
        }
    }

    private static void Counted(SearchRequest request, SearchReply reply, int total)
    {
        if (reply.TotalIsExact) Assert.Equal(total, reply.Total);
        Assert.InRange(reply.Total, Math.Min(total, request.TotalUpTo ?? 0), total);
        if (request.ExactTotal && request.TotalUpTo is null) Assert.True(reply.TotalIsExact);
    }

    /// <summary>Of each value the first.</summary>
    private static SearchRequest Grouped(
        Random random, Collections collections, SearchRequest request, ref IReadOnlyList<SearchHit> left)
    {
        var field = AnyRequest.GroupField(random);
        var isFirst = request.Sort.Count > 0 && request.Sort[0].Field == field;
        var highest = isFirst && request.Sort[0].Descending;
        var byPath = collections.Live.ToDictionary(document => document.Path);
        left =
        [
            .. left.Select(hit => hit with { Group = AnyModel.KeyOf(byPath[hit.Path], field, highest) })
                .DistinctBy(hit => hit.Group),
        ];
        return request with { Collapse = new Collapse(field) };
    }

    /// <summary>What stands behind one of the hits, or behind all that are equal to it.</summary>
    private static SearchRequest Behind(Random random, SearchRequest request, ref IReadOnlyList<SearchHit> left)
    {
        if (request.Collapse is { } groups)
        {
            var isFirst = request.Sort.Count > 0 && request.Sort[0].Field == groups.Field;
            if (!isFirst || request.Sort[0] is not { Mode: null, Missing: null }) return request;
        }

        var at = random.Next(left.Count);
        var after = SearchAfter.Of(left[at]);
        left = [.. left.Skip(at + 1)];
        if (random.Next(3) == 0)
        {
            after = after with { Path = null };
            left = [.. left.Where(hit => !SearchAfter.Of(hit).Values.SequenceEqual(after.Values))];
        }

        return request with { After = after, From = 0 };
    }

    private static SearchRequest Unscored(SearchRequest request, ref IReadOnlyList<SearchHit> left)
    {
        request = request with { TrackScores = false };
        if (!request.TellsScores) left = [.. left.Select(hit => hit with { Score = 0 })];
        return request;
    }
}
