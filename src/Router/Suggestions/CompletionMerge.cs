using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>The best completions of all shards from the best of each, in the order that leaves keep.</summary>
internal static class CompletionMerge
{
    public static CompletionAnswer Merge(CompletionQuery query, IEnumerable<IReadOnlyList<CompletionOption>> shards)
    {
        var all = shards.SelectMany(options => options).Order(Comparer<CompletionOption>.Create(Compare));
        var kept = query.SkipDuplicates ? all.DistinctBy(option => option.Text) : all;
        return new CompletionAnswer(query.Name, [.. kept.Take(query.Size)]);
    }

    private static int Compare(CompletionOption x, CompletionOption y)
    {
        if (x.Edits != y.Edits) return x.Edits - y.Edits;
        if (x.Weight != y.Weight) return y.Weight.CompareTo(x.Weight);
        var order = PathOrder.Instance.Compare(x.Key, y.Key);
        if (order == 0) order = PathOrder.Instance.Compare(x.Text, y.Text);
        return order != 0 ? order : PathOrder.Instance.Compare(x.Path, y.Path);
    }
}
