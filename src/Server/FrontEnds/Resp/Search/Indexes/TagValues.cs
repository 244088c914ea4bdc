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

        var stage = new TagStage(field) { Next = null };
        if (!await AggregateCommand.StreamAsync(call, index, new ExistsQuery(field.Name), [field.Name], stage)) return;
        call.Reply.SetHead(stage.Tags.Count);
        foreach (var tag in stage.Tags) call.Reply.Bulk(tag);
    }

    /// <summary>Collects the tags of documents, as they are indexed.</summary>
    private sealed class TagStage(FieldSchema field) : RowStage
    {
        /// <summary>By their characters.</summary>
        public SortedSet<string> Tags { get; } = new(StringComparer.Ordinal);

        /// <inheritdoc/>
        public override void Take(Row row)
        {
            var text = row.Get(field.Name).AsText();
            string[] tags = field.Separator == "" ? [text] : text.Split(field.Separator[0]);
            foreach (var tag in tags.Select(tag => field.Separator == "" ? tag : tag.Trim()))
                if (tag != "") Tags.Add(field.FoldCase ? tag.ToLowerInvariant() : tag);
            if (Tags.Count > RowsMax) Fail($"There are more than {RowsMax} tags");
        }
    }
}
