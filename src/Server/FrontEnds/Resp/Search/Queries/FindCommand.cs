using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>FT.SEARCH and FT.EXPLAIN.</summary>
internal static class FindCommand
{
    /// <summary>FT.SEARCH index query [options].</summary>
    public static async ValueTask Search(RespCall call)
    {
        var arguments = new ArgumentReader(call);
        if (await PrepareAsync(call, arguments, arguments.Text("index")) is not { } run) return;
        if (await RunAsync(call, run.Index, run.Request, run.Options.TimeoutMs) is { } found)
            new FoundReply(call.Reply, run.Index, run.Options, run.Nearest).Write(found);
    }

    /// <summary>Reads and checks a command behind the index's name; null where the answer is an error.</summary>
    public static async ValueTask<FindRun?> PrepareAsync(RespCall call, ArgumentReader arguments, string name)
    {
        var query = arguments.Text("query");
        var options = FindArguments.Read(arguments);
        if (await OpenAsync(call, name, arguments.Error) is not { } index) return null;
        var tree = QueryPlan.Make(index, query, options, out var node, out var error);
        var nearest = node as NearestNode;
        error ??= Problem(index, options, nearest);
        if (error is null) return new FindRun(index, options, nearest, Request(index, tree!, options, nearest));
        call.Reply.Error(error);
        return null;
    }

    /// <summary>FT.EXPLAIN index query [options]: the query's tree.</summary>
    public static async ValueTask Explain(RespCall call)
    {
        var text = await ExplainAsync(call);
        if (text is not null) call.Reply.Verbatim("txt"u8, System.Text.Encoding.UTF8.GetBytes(text));
    }

    /// <summary>FT.EXPLAINCLI index query [options]: the query's tree, line by line.</summary>
    public static async ValueTask ExplainLines(RespCall call)
    {
        if (await ExplainAsync(call) is not { } text) return;
        var lines = text.Split('\n');
        call.Reply.ArrayHead(lines.Length);
        foreach (var line in lines) call.Reply.Bulk(line);
    }

    /// <summary>The index, unless something is wrong already or there is none: then that is answered.</summary>
    /// <param name="call">The command.</param>
    /// <param name="name">The index.</param>
    /// <param name="error">What is wrong already; null when nothing is.</param>
    /// <param name="missing">What is said where there is none; null for the words of FT.SEARCH.</param>
    public static async ValueTask<SearchIndex?> OpenAsync(
        RespCall call, string name, string? error, string? missing = null)
    {
        if (error is not null)
        {
            call.Reply.Error(error);
            return null;
        }

        var index = await call.Client.Server.Indexes.FindAsync(call, name);
        if (index is null && call.Answer.Written.IsEmpty) call.Reply.Error(missing ?? SearchErrors.NoSuchIndex(name));
        return index;
    }

    /// <summary>Searches what was written before; null where the answer is an error, which is written.</summary>
    public static async ValueTask<SearchReply?> RunAsync(
        RespCall call, SearchIndex index, SearchRequest request, int timeoutMs, SearchTally? tally = null,
        Func<StatusCode, bool>? expected = null)
    {
        if (await call.Client.Server.Indexes.RefreshAsync(index.Schema.Name) is { } failure)
        {
            call.Reply.Error("ERR " + failure);
            return null;
        }

        return await PageAsync(call, request, timeoutMs, tally, expected);
    }

    /// <summary>
    /// Searches what is searchable; null where the answer is an error, which is written unless it is an expected one.
    /// </summary>
    public static async ValueTask<SearchReply?> PageAsync(
        RespCall call, SearchRequest request, int timeoutMs, SearchTally? tally = null,
        Func<StatusCode, bool>? expected = null)
    {
        var body = new ArrayBufferWriter<byte>();
        SearchCodec.Write(body, request);
        var header = new RequestHeader
        {
            Opcode = Opcode.Search, DeadlineMicros = (uint)Math.Min(timeoutMs * 1_000L, uint.MaxValue),
        };
        using var reply = await call.Executor.ExecuteAsync(header, body.WrittenMemory, call.Cancel);
        tally?.Add(reply.Body.Length);
        if (reply.Status != StatusCode.Ok)
        {
            if (expected?.Invoke(reply.Status) == true) return null;
            if (reply.Status == StatusCode.DeadlineExceeded && timeoutMs > 0) call.Reply.Error(SearchErrors.Timeout);
            else RespErrors.WriteFailure(call.Reply, reply.Status, reply.Body.Span);
            return null;
        }

        // The hits' sources point into the body, which is given back.
        if (SearchCodec.TryRead(reply.Body.ToArray(), out SearchReply? found, out var error)) return found;
        throw new InvalidOperationException($"A search was answered with what does not parse: {error}");
    }

    private static async ValueTask<string?> ExplainAsync(RespCall call)
    {
        var arguments = new ArgumentReader(call);
        var (name, query) = (arguments.Text("index"), arguments.Text("query"));
        var options = FindArguments.Read(arguments);
        if (await OpenAsync(call, name, arguments.Error) is not { } index) return null;
        if (QueryPlan.Make(index, query, options, out var error) is not null
            && DialectParser.TryParse(query, options.Parameters, out var node, out error))
            return DialectExplanation.Of(node);
        call.Reply.Error(error!);
        return null;
    }

    private static string? Problem(SearchIndex index, FindArguments options, NearestNode? nearest)
    {
        if (options.SortBy is { } by && by != nearest?.ScoreName)
        {
            if (index.Find(by) is not { } field) return $"Property `{by}` not loaded nor in schema";
            var isOrdered = field.Type is not (FieldType.Text or FieldType.GeoPoint or FieldType.DenseVector);
            if (!isOrdered && index.SortedOf(field) is null)
            {
                return $"SORTBY: attribute `{by}` is {SearchIndex.TypeOf(field.Type)} and not SORTABLE, so it has no "
                    + "order";
            }
        }

        foreach (var name in options.Highlights.Named)
            if (index.Find(name) is not { Type: FieldType.Text }) return $"No such property `{name}`";
        foreach (var returned in options.Returned ?? [])
        {
            var isPath = !index.IsHash && index.Find(returned.Name) is null && returned.Name.StartsWith('$');
            if (isPath && !JsonPath.TryParse(returned.Name, out _, out var error)) return error;
        }

        return null;
    }

    private static SortKey[] Order(SearchIndex index, FindArguments options, NearestNode? nearest) =>
        options.SortBy switch
    {
        null => [],
        // The lowest distance is the highest score.
        { } by when by == nearest?.ScoreName => [new SortKey(SortKey.Score, !options.IsDescending)],
        { } by => [new SortKey(index.SortFieldOf(by), options.IsDescending)],
    };

    private static SearchRequest Request(
        SearchIndex index, QueryNode tree, FindArguments options, NearestNode? nearest) => new()
    {
        Collection = index.Schema.Name,
        Query = tree,
        Size = options.Count,
        From = options.Offset,
        WithSource = !options.HasNoContent,
        Sort = Order(index, options, nearest),
        Highlighting =
        [
            .. index.TextFields.Where(field => options.Highlights.Marks(field) || options.Highlights.Cuts(field))
                .Select(options.Highlights.Of),
        ],
        AllowPartial = false,
    };
}

/// <summary>One FT.SEARCH, read and checked.</summary>
/// <param name="Index">The index.</param>
/// <param name="Options">What stands behind the query.</param>
/// <param name="Nearest">Of a query for the nearest vectors; else null.</param>
/// <param name="Request">What is asked of the cluster.</param>
internal sealed record FindRun(
    SearchIndex Index, FindArguments Options, NearestNode? Nearest, SearchRequest Request);
