using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>FT.TAGVALS: the distinct tags of an attribute.</summary>
internal static class TagValues
{
    /// <summary>FT.TAGVALS index attribute.</summary>
    public static async ValueTask Run(RespCall call)
    {
        var arguments = new ArgumentReader(call);
        var (name, attribute) = (arguments.Text("index"), arguments.Text("attribute").TrimStart('@'));
        if (await FindCommand.OpenAsync(call, name, arguments.Error) is not { } index) return;
        if (index.Find(attribute) is not { } field)
        {
            call.Reply.Error("No such field");
            return;
        }

        if (field.Type != FieldType.Keyword)
        {
            call.Reply.Error("Not a tag field");
            return;
        }

        var server = call.Client.Server;
        using var budget = new RowBudget(server.Cursors.Memory, server.Time, 0, call.Cancel);
        var stage = new TagStage(field, budget) { Next = null };
        var reader = new RowReader(index, new NeededProperties([], [field.Name], All: false), null);
        var (tree, tally) = (new ExistsQuery(field.Name), new SearchTally());
        if (!await AggregateCommand.StreamAsync(call, index, tree, reader, stage, tally)) return;
        call.Reply.SetHead(stage.Tags.Count);
        foreach (var tag in stage.Tags) call.Reply.Bulk(tag);
    }

    /// <summary>Collects the tags of documents, as they are indexed.</summary>
    private sealed class TagStage(FieldSchema field, RowBudget budget) : RowStage
    {
        private const int TagBytes = 96;

        /// <summary>By their characters.</summary>
        public SortedSet<string> Tags { get; } = new(StringComparer.Ordinal);

        /// <inheritdoc/>
        public override RowBudget Budget => budget;

        /// <inheritdoc/>
        public override void Take(Row row)
        {
            var value = row.GetAsWritten(field.Name);
            foreach (var one in value.List ?? [value]) Add(one.AsText());
        }

        private void Add(string text)
        {
            string[] tags = field.Separator == "" ? [text] : text.Split(field.Separator[0]);
            foreach (var part in tags)
            {
                var tag = field.Separator == "" ? part : part.Trim();
                if (field.FoldCase) tag = tag.ToLowerInvariant();
                if (tag == "" || !Tags.Add(tag)) continue;
                if (!budget.TryTake(TagBytes + (2L * tag.Length))) return;
            }

            if (Tags.Count > RowsMax) Fail($"There are more than {RowsMax} tags");
        }
    }
}
