using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>FT.SUGADD, FT.SUGGET, FT.SUGDEL and FT.SUGLEN.</summary>
internal static class SuggestionCommands
{
    private const int MostMax = 1_000;

    /// <summary>FT.SUGADD key string score [INCR] [PAYLOAD payload]: how many there are then.</summary>
    public static async ValueTask Add(RespCall call)
    {
        var arguments = new ArgumentReader(call);
        var (key, text, score) = (arguments.Text("key"), arguments.Text("string"), arguments.Number("score"));
        var isIncrement = false;
        string? payload = null;
        while (!arguments.IsAtEnd)
        {
            if (arguments.TryWord("INCR")) isIncrement = true;
            else if (arguments.TryWord("PAYLOAD")) payload = arguments.Text("PAYLOAD");
            else arguments.FailUnknown();
        }

        if (arguments.Error is null && !double.IsFinite(score)) arguments.Fail("invalid score");
        if (arguments.Error is { } error) call.Reply.Error(error);
        else if (!await call.Client.Server.Indexes.DeclareAsync(call, SuggestionStore.Schema)) return;
        else if (await StoreAsync(call, key, new Suggestion(text, score, payload), isIncrement))
            await WriteLengthAsync(call, key);
    }

    /// <summary>FT.SUGGET key prefix [FUZZY] [WITHSCORES] [WITHPAYLOADS] [MAX count].</summary>
    public static async ValueTask Get(RespCall call)
    {
        var arguments = new ArgumentReader(call);
        var (key, prefix) = (arguments.Text("key"), arguments.Text("prefix"));
        bool isFuzzy = false, withScores = false, withPayloads = false;
        var most = 5;
        while (!arguments.IsAtEnd)
        {
            if (arguments.TryWord("FUZZY")) isFuzzy = true;
            else if (arguments.TryWord("WITHSCORES")) withScores = true;
            else if (arguments.TryWord("WITHPAYLOADS")) withPayloads = true;
            else if (arguments.TryWord("MAX")) most = (int)arguments.Whole("MAX", 0, MostMax);
            else arguments.FailUnknown();
        }

        if (isFuzzy && prefix.Length > SuggestionStore.FuzzyCharactersMax)
        {
            arguments.Fail($"FUZZY takes a prefix of at most {SuggestionStore.FuzzyCharactersMax} characters; "
                + $"this one has {prefix.Length}");
        }

        if (arguments.Error is { } error)
        {
            call.Reply.Error(error);
            return;
        }

        if (await FindAsync(call, SuggestionStore.Request(key, prefix, isFuzzy, most)) is not { } found) return;
        var width = 1 + (withScores ? 1 : 0) + (withPayloads ? 1 : 0);
        call.Reply.ArrayHead(found.Count * width);
        foreach (var suggestion in found)
        {
            call.Reply.Bulk(suggestion.Text);
            if (withScores) call.Reply.Double(suggestion.Score);
            if (!withPayloads) continue;
            if (suggestion.Payload is { } payload) call.Reply.Bulk(payload);
            else call.Reply.Null();
        }
    }

    /// <summary>FT.SUGDEL key string: whether it was there.</summary>
    public static async ValueTask Delete(RespCall call)
    {
        var arguments = new ArgumentReader(call);
        var path = SuggestionStore.PathOf(arguments.Text("key"), arguments.Text("string"));
        // On the condition of its version: else the answer would be the same of none.
        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var read = await ReadAsync(call, path);
            if (Steps.Failed(call, read)) return;
            if (read.Status == StatusCode.NotFound)
            {
                call.Reply.Integer(0);
                return;
            }

            using var written = await call.SendAsync(new CacheCommand
            {
                Opcode = Opcode.Delete, Path = path, CompareVersion = read.Outcome.Version,
            });
            if (Steps.Failed(call, written)) return;
            if (Steps.Lost(written)) continue;
            call.Reply.Integer(1);
            return;
        }

        Steps.GiveUp(call);
    }

    /// <summary>FT.SUGLEN key.</summary>
    public static ValueTask Length(RespCall call) => WriteLengthAsync(call, new ArgumentReader(call).Text("key"));

    private static async ValueTask<bool> StoreAsync(RespCall call, string key, Suggestion suggestion, bool isIncrement)
    {
        var path = SuggestionStore.PathOf(key, suggestion.Text);
        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var read = await ReadAsync(call, path);
            if (Steps.Failed(call, read)) return false;
            var stored = suggestion;
            if (isIncrement && read.Status == StatusCode.Ok)
            {
                var known = SuggestionStore.Read(read.ValueMemory)?.Score ?? 0;
                stored = suggestion with { Score = suggestion.Score + known };
                if (!double.IsFinite(stored.Score))
                {
                    call.Reply.Error("invalid score");
                    return false;
                }
            }

            var isNew = read.Status == StatusCode.NotFound;
            using var written = await call.SendAsync(new CacheCommand
            {
                Opcode = isNew ? Opcode.Add : Opcode.CompareAndSet,
                Path = path,
                Value = SuggestionStore.ToJson(key, stored),
                CompareVersion = isNew ? 0 : read.Outcome.Version,
            });
            if (Steps.Failed(call, written)) return false;
            if (!Steps.Lost(written)) return true;
        }

        Steps.GiveUp(call);
        return false;
    }

    private static ValueTask<EntryResult> ReadAsync(RespCall call, byte[] path) =>
        call.SendAsync(new CacheCommand { Opcode = Opcode.Get, Path = path }, FrameFlags.FromOwner);

    private static async ValueTask WriteLengthAsync(RespCall call, string key)
    {
        if (await SearchAsync(call, SuggestionStore.Request(key, null, false, 0)) is { } found)
            call.Reply.Integer(found.Total);
    }

    private static async ValueTask<IReadOnlyList<Suggestion>?> FindAsync(RespCall call, SearchRequest request) =>
        await SearchAsync(call, request) is { } found
            ? [.. found.Hits.Select(hit => SuggestionStore.Read(hit.Source)).OfType<Suggestion>()]
            : null;

    // Nothing where there never was a suggestion; null where the answer is an error, which is written.
    private static async ValueTask<SearchReply?> SearchAsync(RespCall call, SearchRequest request)
    {
        if (await call.Client.Server.Indexes.FindAsync(call, SuggestionStore.Collection) is { } index)
            return await FindCommand.RunAsync(call, index, request, 0);
        return call.Answer.Written.IsEmpty
            ? new SearchReply { Total = 0, Hits = [], Coverage = new Coverage(0, 0, 0, 0) }
            : null;
    }
}
