using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>FT.DROPINDEX, and FT.ALIASADD, FT.ALIASUPDATE and FT.ALIASDEL.</summary>
internal static class IndexChanges
{
    /// <summary>FT.DROPINDEX index [DD].</summary>
    public static async ValueTask Drop(RespCall call)
    {
        var arguments = new ArgumentReader(call);
        var name = arguments.Text("index");
        var withDocuments = arguments.TryWord("DD");
        if (!arguments.IsAtEnd) arguments.FailUnknown();
        if (arguments.Error is { } error)
        {
            call.Reply.Error(error);
            return;
        }

        if (await IndexCatalog.StatusAsync(call, IndexName.ToCollection(name)) is not { } status)
        {
            if (call.Answer.Written.IsEmpty) call.Reply.Error(SearchErrors.UnknownIndex);
        }
        else if (status.Documents > 0 && !withDocuments)
        {
            call.Reply.Error($"ERR the {status.Documents} documents of an index are part of it here and would go with "
                + "it; say so by DD");
        }
        else
        {
            var drop = new CollectionChange { Kind = CollectionChangeKind.Drop, Name = status.Schema.Name };
            if (!await TryChangeAsync(call, drop)) return;
            // Not before: an index that stays keeps its synonyms.
            call.Client.Server.Indexes.ForgetSynonyms(status.Schema.Name);
            await KeptWords.DeleteAsync(call, KeptWords.SynonymsKind, status.Schema.Name);
            if (call.Answer.Written.IsEmpty) call.Reply.Ok();
        }
    }

    /// <summary>FT.ALIASADD alias index.</summary>
    public static ValueTask AddAlias(RespCall call) => SetAliasAsync(call, mayMove: false);

    /// <summary>FT.ALIASUPDATE alias index.</summary>
    public static ValueTask UpdateAlias(RespCall call) => SetAliasAsync(call, mayMove: true);

    /// <summary>FT.ALIASDEL alias.</summary>
    public static async ValueTask DeleteAlias(RespCall call)
    {
        var alias = IndexName.ToCollection(new ArgumentReader(call).Text("alias"));
        if (await IndexCatalog.StatusAsync(call, alias) is { } status && status.Schema.Name != alias)
            await ChangeAsync(call, new CollectionChange { Kind = CollectionChangeKind.RemoveAlias, Name = alias });
        else if (call.Answer.Written.IsEmpty) call.Reply.Error("Alias does not exist");
    }

    private static async ValueTask SetAliasAsync(RespCall call, bool mayMove)
    {
        var arguments = new ArgumentReader(call);
        var (alias, index) = (arguments.Text("alias"), arguments.Text("index"));
        var (name, target) = (IndexName.ToCollection(alias), IndexName.ToCollection(index));
        var known = await IndexCatalog.StatusAsync(call, target);
        if (known is null || known.Schema.Name != target)
        {
            if (call.Answer.Written.IsEmpty) call.Reply.Error("Unknown index name (or name is an alias itself)");
            return;
        }

        if (!mayMove && await IndexCatalog.StatusAsync(call, name) is not null)
            call.Reply.Error("Alias already exists");
        else if (call.Answer.Written.IsEmpty)
            await ChangeAsync(
                call, new CollectionChange { Kind = CollectionChangeKind.SetAlias, Name = name, Target = target });
    }

    private static async ValueTask ChangeAsync(RespCall call, CollectionChange change)
    {
        if (await TryChangeAsync(call, change)) call.Reply.Ok();
    }

    // False: the answer is an error.
    private static async ValueTask<bool> TryChangeAsync(RespCall call, CollectionChange change)
    {
        var body = new ArrayBufferWriter<byte>();
        CollectionCodec.Write(body, change);
        using var reply = await call.SendAsync(Opcode.CollectionChange, FrameFlags.None, body.WrittenMemory);
        call.Client.Server.Indexes.ForgetAll();
        if (reply.Status == StatusCode.Ok) return true;
        RespErrors.WriteFailure(call.Reply, reply.Status, reply.Body.Span);
        return false;
    }
}
