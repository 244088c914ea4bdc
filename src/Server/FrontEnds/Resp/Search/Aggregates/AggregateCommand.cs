using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// FT.AGGREGATE and FT.CURSOR. The documents that match stream through the steps in pages by their keys, so that what
/// is held is what the steps hold.
/// </summary>
internal static class AggregateCommand
{
    /// <summary>Documents of the first page, whose size nobody knows, and of another at most.</summary>
    private const int FirstPageSize = 16, PageSizeMax = 1_000;

    /// <summary>Bytes that a page is made for, and those of a hit besides its document.</summary>
    private const long PageBytes = 4L << 20, HitBytes = 64;

    /// <summary>FT.AGGREGATE index query [steps and options].</summary>
    public static async ValueTask Run(RespCall call)
    {
        var arguments = new ArgumentReader(call);
        if (await PrepareAsync(call, arguments, arguments.Text("index")) is { } run)
            await RunAsync(call, run, static () => { });
    }

    /// <summary>Reads and checks a command behind the index's name; null where the answer is an error.</summary>
    public static async ValueTask<AggregateRun?> PrepareAsync(RespCall call, ArgumentReader arguments, string name)
    {
        var query = arguments.Text("query");
        var plan = AggregatePlan.Read(arguments);
        if (await FindCommand.OpenAsync(call, name, arguments.Error) is not { } index) return null;
        var tree = QueryPlan.Make(index, query, plan.Options, out var node, out var error);
        var nearest = node as NearestNode;
        var reader = new RowReader(index, plan.Needs, nearest);
        error ??= reader.Error;
        if (error is null) return new AggregateRun(name, index, plan, tree!, reader, nearest);
        call.Reply.Error(error);
        return null;
    }

    /// <summary>Runs a command and answers it.</summary>
    /// <param name="call">The command.</param>
    /// <param name="run">What was read.</param>
    /// <param name="begin">Writes what stands before the rows.</param>
    /// <returns>False: the answer is an error.</returns>
    public static async ValueTask<bool> RunAsync(RespCall call, AggregateRun run, Action begin)
    {
        var server = call.Client.Server;
        var budget = new RowBudget(server.Cursors.Memory, server.Time, run.Plan.Options.TimeoutMs, call.Cancel);
        var isKept = false;
        try
        {
            var sink = new RowSink(budget) { Next = null };
            if (!await FillAsync(call, run, sink)) return false;
            begin();
            if (run.Plan.CursorCount is not { } count)
            {
                WriteRows(call.Reply, sink.Rows, 0, sink.Rows.Count);
                return true;
            }

            isKept = sink.Rows.Count > count;
            budget.Settle(sink.Rows.Sum(row => row.Bytes));
            WritePage(call, server.Cursors.Open(run.Name, sink.Rows, count, run.Plan.CursorIdle, budget), count);
            return true;
        }
        finally
        {
            if (!isKept) budget.Dispose();
        }
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
    /// <param name="reader">Makes rows of them.</param>
    /// <param name="first">The first step.</param>
    /// <param name="tally">Counts what comes.</param>
    /// <returns>False: the answer is an error, which is written.</returns>
    public static async ValueTask<bool> StreamAsync(
        RespCall call, SearchIndex index, QueryNode tree, RowReader reader, RowStage first, SearchTally tally)
    {
        var budget = first.Budget;
        var request = Request(index, tree, reader);
        var page = await FindCommand.RunAsync(call, index, request, budget.LeftMs, tally);
        while (page is not null)
        {
            foreach (var hit in page.Hits)
            {
                if (first.IsDone || !budget.Spend()) break;
                var left = new JsonAllowance(hit.Source.Length, budget);
                var row = reader.Read(hit, left);
                if (budget.Error is null) first.Take(row);
                left.Settle();
            }

            if (page.Hits.Count < request.Size || first.IsDone || !budget.Look()) break;
            request = request with { After = SearchAfter.Of(page.Hits[^1]), Size = NextSize(page) };
            page = await FindCommand.PageAsync(call, request, budget.LeftMs, tally);
        }

        return page is not null && End(call, first);
    }

    private static bool End(RespCall call, RowStage first)
    {
        if (first.Error is null) first.End();
        if (first.Error is { } error) call.Reply.Error(error);
        return first.Error is null;
    }

    private static async ValueTask<bool> FillAsync(RespCall call, AggregateRun run, RowSink sink)
    {
        if (LeafGroups.Of(run.Index, run.Plan, run.Nearest) is { } groups)
        {
            var budget = sink.Budget;
            var request = groups.Request(run.Index, run.Tree);
            var found = await FindCommand.RunAsync(
                call, run.Index, request, budget.LeftMs, run.Tally, static status => status == StatusCode.BadQuery);
            if (!call.Answer.Written.IsEmpty) return false;
            // What is too large there may go by rows, or is refused in their words.
            if (found is not null && groups.Rows(found) is { } rows)
            {
                run.Tally.IsByLeaves = true;
                return Pass(call, run, sink, rows);
            }
        }

        return await StreamAsync(call, run.Index, run.Tree, run.Reader, run.Plan.Build(sink), run.Tally);
    }

    private static bool Pass(RespCall call, AggregateRun run, RowSink sink, IReadOnlyList<Row> rows)
    {
        var first = run.Plan.BuildBehindGroup(sink);
        foreach (var row in rows)
        {
            if (first.IsDone || !sink.Budget.Spend()) break;
            first.Take(row);
        }

        return End(call, first);
    }

    private static SearchRequest Request(SearchIndex index, QueryNode tree, RowReader reader) => new()
    {
        Collection = index.Schema.Name,
        Query = tree,
        Size = FirstPageSize,
        WithSource = reader.NeedsSource,
        SourceFields = reader.Members,
        Sort = reader.NeedsScores ? [] : [new SortKey(SortKey.Path, false)],
        AllowPartial = false,
        ExactTotal = false,
    };

    // As many as come to some megabytes, as far as the page before tells.
    private static int NextSize(SearchReply page)
    {
        long bytes = 0;
        foreach (var hit in page.Hits) bytes += HitBytes + hit.Source.Length;
        return (int)Math.Clamp(PageBytes / (bytes / page.Hits.Count), 1, PageSizeMax);
    }

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

        if (cell.IsJson || cell.List is not { } list)
        {
            reply.Bulk(cell.AsText());
            return;
        }

        reply.ArrayHead(list.Count);
        foreach (var one in list) WriteCell(reply, one);
    }
}

/// <summary>One FT.AGGREGATE, read and checked.</summary>
/// <param name="Name">The index as it was named.</param>
/// <param name="Index">The index.</param>
/// <param name="Plan">The steps.</param>
/// <param name="Tree">The query.</param>
/// <param name="Reader">Makes rows of documents.</param>
/// <param name="Nearest">Of a query for the nearest vectors; else null.</param>
internal sealed record AggregateRun(
    string Name, SearchIndex Index, AggregatePlan Plan, QueryNode Tree, RowReader Reader, NearestNode? Nearest)
{
    /// <summary>What its searches came to.</summary>
    public SearchTally Tally { get; } = new();
}
