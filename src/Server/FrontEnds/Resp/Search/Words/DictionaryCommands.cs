namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>FT.DICTADD, FT.DICTDEL, FT.DICTDUMP, FT.SYNUPDATE and FT.SYNDUMP.</summary>
internal static class DictionaryCommands
{
    /// <summary>FT.DICTADD dictionary term …: how many are new.</summary>
    public static ValueTask Add(RespCall call) => ChangeAsync(call, static (words, word) => words.Add(word));

    /// <summary>FT.DICTDEL dictionary term …: how many were there.</summary>
    public static ValueTask Delete(RespCall call) => ChangeAsync(call, static (words, word) => words.Remove(word));

    /// <summary>FT.DICTDUMP dictionary: its terms.</summary>
    public static async ValueTask Dump(RespCall call)
    {
        var name = new ArgumentReader(call).Text("dictionary");
        if (await KeptWords.ReadAsync(call, KeptWords.Dictionary, name) is not { } lists) return;
        var words = lists.GetValueOrDefault(KeptWords.Terms) ?? [];
        call.Reply.SetHead(words.Count);
        foreach (var word in words) call.Reply.Bulk(word);
    }

    /// <summary>FT.SYNUPDATE index group [SKIPINITIALSCAN] term …</summary>
    public static async ValueTask UpdateSynonyms(RespCall call)
    {
        var arguments = new ArgumentReader(call);
        var (name, group) = (arguments.Text("index"), arguments.Text("group"));
        arguments.TryWord("SKIPINITIALSCAN");
        var terms = Rest(arguments, call, text => text.ToLowerInvariant());
        var opened = await FindCommand.OpenAsync(call, name, arguments.Error, SearchErrors.UnknownIndex);
        if (opened is not { } index) return;
        var isKept = await KeptWords.ChangeAsync(call, KeptWords.SynonymsKind, index.Schema.Name, lists =>
        {
            var words = lists.Of(group);
            var before = words.Count;
            words.UnionWith(terms);
            return words.Count > before;
        }, lists => Synonyms.Problem(lists, group, index.TextFields.Count));
        if (!isKept) return;
        call.Client.Server.Indexes.ForgetAll();
        call.Reply.Ok();
    }

    /// <summary>FT.SYNDUMP index: each term with its groups.</summary>
    public static async ValueTask DumpSynonyms(RespCall call)
    {
        var arguments = new ArgumentReader(call);
        var name = arguments.Text("index");
        if (await FindCommand.OpenAsync(call, name, null, SearchErrors.UnknownIndex) is not { } index) return;
        if (await KeptWords.ReadAsync(call, KeptWords.SynonymsKind, index.Schema.Name) is not { } lists) return;
        var groups = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var (group, words) in lists)
        {
            foreach (var word in words)
            {
                if (!groups.TryGetValue(word, out var known)) groups[word] = known = [];
                known.Add(group);
            }
        }

        call.Reply.MapHead(groups.Count);
        foreach (var (word, of) in groups)
        {
            call.Reply.Bulk(word);
            call.Reply.ArrayHead(of.Count);
            foreach (var group in of) call.Reply.Bulk(group);
        }
    }

    private static async ValueTask ChangeAsync(RespCall call, Func<SortedSet<string>, string, bool> change)
    {
        var arguments = new ArgumentReader(call);
        var name = arguments.Text("dictionary");
        var terms = Rest(arguments, call, static text => text);
        if (arguments.Error is { } error)
        {
            call.Reply.Error(error);
            return;
        }

        var changed = 0;
        var isKept = await KeptWords.ChangeAsync(call, KeptWords.Dictionary, name, lists =>
        {
            changed = terms.Count(term => change(lists.Of(KeptWords.Terms), term));
            return changed > 0;
        });
        if (isKept) call.Reply.Integer(changed);
    }

    private static List<string> Rest(ArgumentReader arguments, RespCall call, Func<string, string> shape)
    {
        var terms = new List<string>();
        while (!arguments.IsAtEnd)
        {
            var term = shape(arguments.Text("term"));
            if (KeptWords.Problem(term) is { } problem) arguments.Fail(problem);
            terms.Add(term);
        }

        if (terms.Count == 0 && arguments.Error is null) arguments.Fail(RespErrors.WrongArity(call.Command));
        return terms;
    }
}
