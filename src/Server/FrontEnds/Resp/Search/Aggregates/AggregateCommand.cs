using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// FT.AGGREGATE and FT.CURSOR. The documents that match stream through the steps in pages by their keys, so that what
/// is held is what the steps hold.
/// </summary>
internal static class AggregateCommand
{
    /// <summary>Documents of one page.</summary>
    private const int PageSize = 1_000;

    /// <summary>FT.AGGREGATE index query [steps and options].</summary>
    public static async ValueTask Run(RespCall call)
    {
        var arguments = new ArgumentReader(call);
        var (name, query) = (arguments.Text("index"), arguments.Text("query"));
        var plan = AggregatePlan.Read(arguments);
        if (await FindCommand.OpenAsync(call, name, arguments.Error) is not { } index) return;
        if (QueryPlan.Make(index, query, plan.Options, out var error) is not { } tree)
        {
            call.Reply.Error(error!);
            return;
        }

        var sink = new RowSink { Next = null };
        var first = plan.Build(sink);
        var needed = plan.LoadsAll ? null : plan.Properties;
        if (!await StreamAsync(call, index, tree, needed, first, plan.Options.TimeoutMs)) return;
        var rows = sink.Rows;
        if (plan.CursorCount is not { } count)
        {
            WriteRows(call.Reply, rows, 0, rows.Count);
            return;
        }

        var cursor = call.Client.Server.Cursors.Open(name, rows, count, plan.CursorIdle);
        WritePage(call, cursor, count);
    }

    /// <summary>FT.CURSOR READ index id [COUNT count].</summary>
    public static ValueTask ReadCursor(RespCall call)
    {
        var arguments = new ArgumentReader(call, 2);
        var (name, id) = (arguments.Text("index"), arguments.Whole("cursor"));
        var count = arguments.TryWord("COUNT") ? (int)arguments.Whole("COUNT", 1, RowStage.RowsMax) : 0;
        if (!arguments.IsAtEnd) arguments.FailUnknown();
        if (arguments.Error is not null) call.Reply.Error(arguments.Error);
        else if (call.Client.Server.Cursors.Find(name, id) is { } cursor)
            WritePage(call, cursor, count > 0 ? count : cursor.Count);
        else call.Reply.Error($"Cursor not found, id: {id}");
        return default;
    }

    /// <summary>FT.CURSOR DEL index id.</summary>
    public static ValueTask DropCursor(RespCall call)
    {
        var arguments = new ArgumentReader(call, 2);
        var (name, id) = (arguments.Text("index"), arguments.Whole("cursor"));
        if (arguments.Error is not null) call.Reply.Error(arguments.Error);
        else if (call.Client.Server.Cursors.Drop(name, id)) call.Reply.Ok();
        else call.Reply.Error("Cursor does not exist");
        return default;
    }

    /// <summary>Gives the documents that match to a step, and tells it when there are no more.</summary>
    /// <param name="call">The command.</param>
    /// <param name="index">The index.</param>
    /// <param name="tree">What to match.</param>
    /// <param name="properties">Properties of documents that are needed; null for all.</param>
    /// <param name="first">The first step.</param>
    /// <param name="timeoutMs">For each page; 0 for the node's own.</param>
    /// <returns>False: the answer is an error, which is written.</returns>
    public static async ValueTask<bool> StreamAsync(
        RespCall call, SearchIndex index, QueryNode tree, IReadOnlyCollection<string>? properties, RowStage first,
        int timeoutMs = 0)
    {
        var request = Request(index, tree, properties);
        var page = await FindCommand.RunAsync(call, index, request, timeoutMs);
        while (page is not null)
        {
            foreach (var hit in page.Hits)
                if (!first.IsDone && first.Error is null) first.Take(new Row(index, hit));
            if (page.Hits.Count < PageSize || first.IsDone || first.Error is not null) break;
            var last = page.Hits[^1];
            request = request with { After = SearchAfter.Of(last) };
            page = await FindCommand.PageAsync(call, request, timeoutMs);
        }

        if (page is null) return false;
        if (first.Error is null) first.End();
        if (first.Error is { } error) call.Reply.Error(error);
        return first.Error is null;
    }

    private static SearchRequest Request(SearchIndex index, QueryNode tree, IReadOnlyCollection<string>? properties)
    {
        string[] members =
            [.. (properties ?? []).Where(IsMember).Select(name => index.Find(name)?.Name ?? name).Distinct()];
        var isWhole = properties is null || members.Length > CollectionSchema.FieldsMax;
        var byScore = properties?.Contains("__score") == true;
        return new SearchRequest
        {
            Collection = index.Schema.Name,
            Query = tree,
            Size = PageSize,
            WithSource = isWhole || members.Length > 0,
            SourceFields = isWhole ? [] : members,
            Sort = byScore ? [] : [new SortKey(SortKey.Path, false)],
            AllowPartial = false,
            ExactTotal = false,
        };
    }

    private static bool IsMember(string name) => name is not ("__key" or "__score");

    private static void WritePage(RespCall call, RowCursor cursor, int count)
    {
        var from = cursor.Take(count, out var taken);
        call.Reply.ArrayHead(2);
        WriteRows(call.Reply, cursor.Rows, from, taken);
        call.Reply.Integer(cursor.IsAtEnd ? 0 : cursor.Id);
        if (cursor.IsAtEnd) call.Client.Server.Cursors.Drop(cursor.Index, cursor.Id);
    }

    private static void WriteRows(RespReply reply, IReadOnlyList<Row> rows, int from, int count)
    {
        if (!reply.IsResp3)
        {
            reply.ArrayHead(1 + count);
            reply.Integer(rows.Count);
            for (var i = from; i < from + count; i++) WriteRow(reply, rows[i], isMap: false);
            return;
        }

        reply.MapHead(5);
        reply.Bulk("attributes"u8);
        reply.ArrayHead(0);
        reply.Bulk("format"u8);
        reply.Bulk("STRING"u8);
        reply.Bulk("results"u8);
        reply.ArrayHead(count);
        for (var i = from; i < from + count; i++)
        {
            reply.MapHead(2);
            reply.Bulk("extra_attributes"u8);
            WriteRow(reply, rows[i], isMap: true);
            reply.Bulk("values"u8);
            reply.ArrayHead(0);
        }

        reply.Bulk("total_results"u8);
        reply.Integer(rows.Count);
        reply.Bulk("warning"u8);
        reply.ArrayHead(0);
    }

    private static void WriteRow(RespReply reply, Row row, bool isMap)
    {
        if (isMap) reply.MapHead(row.Shown.Count);
        else reply.ArrayHead(2 * row.Shown.Count);
        foreach (var (name, value) in row.Shown)
        {
            reply.Bulk(name);
            WriteCell(reply, value);
        }
    }

    private static void WriteCell(RespReply reply, in Cell cell)
    {
        if (cell.IsNone)
        {
            reply.Null();
            return;
        }

        if (cell.List is not { } list)
        {
            reply.Bulk(cell.AsText());
            return;
        }

        reply.ArrayHead(list.Count);
        foreach (var one in list) WriteCell(reply, one);
    }
}
