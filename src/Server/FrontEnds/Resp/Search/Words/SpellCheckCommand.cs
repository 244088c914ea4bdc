using System.Buffers;
using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>FT.SPELLCHECK: words of a query that no document has, each with those near it that some have.</summary>
internal static class SpellCheckCommand
{
    /// <summary>Words of one query that are looked at, times the text attributes that they are looked for in.</summary>
    private const int LookupsMax = 256;

    /// <summary>Dictionaries of one command.</summary>
    private const int DictionariesMax = 16;

    /// <summary>Terms that stand in one command.</summary>
    private const int TermsMax = 1_000;

    /// <summary>Words that no document has, times the terms that are included: each pair is compared.</summary>
    private const long PairsMax = 2_000_000;

    /// <summary>Pairs between two looks whether the client is still there.</summary>
    private const int BlockPairs = 4_096;

    /// <summary>FT.SPELLCHECK index query [DISTANCE d] [TERMS INCLUDE|EXCLUDE dictionary [term …]] …</summary>
    public static async ValueTask Run(RespCall call)
    {
        var arguments = new ArgumentReader(call);
        var (name, query) = (arguments.Text("index"), arguments.Text("query"));
        var options = Options.Read(arguments);
        if (await FindCommand.OpenAsync(call, name, arguments.Error) is not { } index) return;
        if (!DialectParser.TryParse(query, new Dictionary<string, string>(), out var node, out var error))
        {
            call.Reply.Error(error);
            return;
        }

        var words = new List<SpelledWord>();
        Collect(index, node, index.TextFields, words);
        if (words.Sum(word => word.Fields.Count) is var lookups && lookups > LookupsMax)
        {
            call.Reply.Error($"ERR the query has {words.Count} words, which would be looked for {lookups} times; at "
                + $"most {LookupsMax} are allowed: name an attribute, @name:(…)");
            return;
        }

        if (await DictionaryAsync(call, options.Include) is not { } included
            || await DictionaryAsync(call, options.Exclude) is not { } excluded) return;
        if (await call.Client.Server.Indexes.RefreshAsync(index.Schema.Name) is { } failure)
        {
            call.Reply.Error("ERR " + failure);
            return;
        }

        foreach (var word in words)
            if (!await LookUpAsync(call, index, word, options.Distance)) return;
        words.RemoveAll(word => word.IsKnown || included.Contains(word.Text));
        if (words.Count * (long)included.Count > PairsMax)
        {
            call.Reply.Error($"ERR {words.Count} words would be compared with {included.Count} included terms; "
                + $"at most {PairsMax} pairs are allowed");
            return;
        }

        foreach (var word in words)
        {
            if (TryInclude(word, options.Distance, included, call.Cancel)) continue;
            call.Reply.Error("ERR the connection is closed");
            return;
        }

        Write(call.Reply, [.. words.Select(word => (word.Text, Suggestions(word, excluded)))]);
    }

    // What is said of words in a NOT is a word all the same.
    private static void Collect(
        SearchIndex index, DialectNode node, IReadOnlyList<FieldSchema> fields, List<SpelledWord> words)
    {
        switch (node)
        {
            case WordNode word when !index.StopWords.Contains(word.Text.ToLowerInvariant()):
                var text = word.Text.ToLowerInvariant();
                // A word of no TEXT attribute is looked for nowhere.
                var isNew = text != "" && fields.Count > 0 && !words.Exists(known => known.Text == text);
                if (isNew) words.Add(new SpelledWord(text, fields));
                break;
            case ScopeNode scope:
                var scoped = scope.Fields.Select(index.Find).OfType<FieldSchema>().Where(index.TextFields.Contains);
                Collect(index, scope.Inner, [.. scoped], words);
                break;
            case AndNode all:
                foreach (var part in all.Parts) Collect(index, part, fields, words);
                break;
            case OrNode any:
                foreach (var part in any.Parts) Collect(index, part, fields, words);
                break;
            case NotNode not:
                Collect(index, not.Inner, fields, words);
                break;
            case OptionalNode optional:
                Collect(index, optional.Inner, fields, words);
                break;
            case WeightNode weight:
                Collect(index, weight.Inner, fields, words);
                break;
        }
    }

    private static async ValueTask<SortedSet<string>?> DictionaryAsync(RespCall call, List<WordChoice> choices)
    {
        var all = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var choice in choices)
        {
            if (await KeptWords.ReadAsync(call, KeptWords.Dictionary, choice.Dictionary) is not { } lists) return null;
            all.UnionWith(lists.GetValueOrDefault(KeptWords.Terms) ?? []);
            all.UnionWith(choice.Terms);
        }

        return all;
    }

    private static async ValueTask<bool> LookUpAsync(RespCall call, SearchIndex index, SpelledWord word, int distance)
    {
        foreach (var fields in word.Fields.Chunk(SuggestRequest.KindMax))
        {
            var request = new SuggestRequest
            {
                Collection = index.Schema.Name,
                Words =
                [
                    .. fields.Select(field => new WordQuery(field.Name, field.Name, word.Text)
                    {
                        Size = SuggestRequest.SizeMax, Edits = distance, PrefixLength = 0, LengthMin = 1,
                        ByFrequency = true,
                    }),
                ],
                AllowPartial = false,
            };
            var body = new ArrayBufferWriter<byte>();
            SuggestCodec.Write(body, request);
            using var reply = await call.SendAsync(Opcode.Suggest, FrameFlags.None, body.WrittenMemory);
            if (reply.Status != StatusCode.Ok)
            {
                RespErrors.WriteFailure(call.Reply, reply.Status, reply.Body.Span);
                return false;
            }

            if (!SuggestCodec.TryRead(reply.Body.ToArray(), out SuggestReply? found, out var error))
                throw new InvalidOperationException($"A suggestion was answered with what does not parse: {error}");
            word.Take(found);
        }

        return true;
    }

    // False: nobody waits for it.
    private static bool TryInclude(
        SpelledWord word, int distance, SortedSet<string> included, CancellationToken cancel)
    {
        var pairs = 0;
        foreach (var term in included)
        {
            if (pairs++ % BlockPairs == 0 && cancel.IsCancellationRequested) return false;
            if (NearWords.AreWithin(word.Text, term, distance)) word.Scores.TryAdd(term, 0);
        }

        return true;
    }

    private static List<(string Text, double Score)> Suggestions(
        SpelledWord word, SortedSet<string> excluded)
    {
        return
        [
            .. word.Scores.Where(one => !excluded.Contains(one.Key)).Select(one => (one.Key, one.Value))
                .OrderByDescending(one => one.Value).ThenBy(one => one.Key, StringComparer.Ordinal),
        ];
    }

    private static void Write(
        RespReply reply, IReadOnlyList<(string Word, List<(string Text, double Score)> Near)> words)
    {
        if (reply.IsResp3)
        {
            reply.MapHead(1);
            reply.Bulk("results"u8);
            reply.MapHead(words.Count);
        }
        else
        {
            reply.ArrayHead(words.Count);
        }

        foreach (var (word, near) in words)
        {
            if (!reply.IsResp3)
            {
                reply.ArrayHead(3);
                reply.Bulk("TERM"u8);
            }

            reply.Bulk(word);
            reply.ArrayHead(near.Count);
            foreach (var (text, score) in near) WriteSuggestion(reply, text, score);
        }
    }

    private static void WriteSuggestion(RespReply reply, string text, double score)
    {
        if (reply.IsResp3)
        {
            reply.MapHead(1);
            reply.Bulk(text);
            reply.Double(score);
            return;
        }

        reply.ArrayHead(2);
        reply.Bulk(score.ToString("0.##########", CultureInfo.InvariantCulture));
        reply.Bulk(text);
    }

    /// <summary>A dictionary, and terms beside it.</summary>
    private sealed record WordChoice(string Dictionary, IReadOnlyList<string> Terms);

    /// <summary>What stands behind the query.</summary>
    private sealed class Options
    {
        private int _terms;

        public int Distance { get; private set; } = 1;

        public List<WordChoice> Include { get; } = [];

        public List<WordChoice> Exclude { get; } = [];

        public static Options Read(ArgumentReader arguments)
        {
            var options = new Options();
            while (!arguments.IsAtEnd)
            {
                if (arguments.TryWord("DISTANCE")) options.TakeDistance(arguments);
                else if (arguments.TryWord("TERMS")) options.TakeTerms(arguments);
                else if (arguments.TryWord("DIALECT")) arguments.Whole("DIALECT", 1, 4);
                else arguments.FailUnknown();
            }

            return options;
        }

        private void TakeDistance(ArgumentReader arguments)
        {
            var text = arguments.Text("DISTANCE");
            if (arguments.Error is null && text is not ("1" or "2"))
                arguments.Fail($"invalid distance given: {text}; distance must be 1 or 2 here");
            Distance = text == "2" ? 2 : 1;
        }

        private void TakeTerms(ArgumentReader arguments)
        {
            var isInclude = arguments.TryWord("INCLUDE");
            if (!isInclude && !arguments.TryWord("EXCLUDE"))
                arguments.Fail("bad format, exclude/include operation was not given");
            var dictionary = arguments.Text("TERMS");
            var terms = new List<string>();
            while (!arguments.IsAtEnd && arguments.Peek.ToUpperInvariant() is not ("DISTANCE" or "TERMS" or "DIALECT"))
            {
                terms.Add(arguments.Text("TERMS"));
                if (KeptWords.Problem(terms[^1]) is { } problem) arguments.Fail(problem);
                if (++_terms > TermsMax)
                    arguments.Fail($"more than {TermsMax} terms are given; keep them by FT.DICTADD");
            }

            (isInclude ? Include : Exclude).Add(new WordChoice(dictionary, terms));
            if (Include.Count + Exclude.Count > DictionariesMax)
                arguments.Fail($"more than {DictionariesMax} TERMS are given");
        }
    }

    /// <summary>A word of the query and what is known of it.</summary>
    private sealed class SpelledWord(string text, IReadOnlyList<FieldSchema> fields)
    {
        public string Text => text;

        public IReadOnlyList<FieldSchema> Fields => fields;

        /// <summary>Whether a document has it.</summary>
        public bool IsKnown { get; private set; }

        /// <summary>Words near it, each with the share of documents that have it.</summary>
        public Dictionary<string, double> Scores { get; } = new(StringComparer.Ordinal);

        public void Take(SuggestReply reply)
        {
            var documents = Math.Max(1, reply.Coverage.DocumentsTotal);
            foreach (var row in reply.Words.SelectMany(answer => answer.Words))
            {
                IsKnown |= row.Documents > 0;
                foreach (var option in row.Options)
                {
                    var score = (double)option.Documents / documents;
                    Scores[option.Text] = Math.Max(score, Scores.GetValueOrDefault(option.Text));
                }
            }
        }
    }
}
