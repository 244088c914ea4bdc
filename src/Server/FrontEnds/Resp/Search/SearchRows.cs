namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>The rows of the search commands.</summary>
internal static class SearchRows
{
    private const string Group = "search";

    private const string OnePlace = "Of paths that lead to one place: .name ['name'] [0].";

    /// <summary>In the order of their names.</summary>
    public static IReadOnlyList<RespCommand> Rows { get; } =
    [
        Of("ft._list", 1, RespFlags.ReadOnly, "1.0.0", "Returns the names of all indexes", IndexCommands.List,
            "Every collection is one, also those declared elsewhere."),
        Of("ft.aggregate", -3, RespFlags.ReadOnly, "1.1.0", "Makes rows of the documents that match, and of rows",
            AggregateCommand.Run,
            "Every property may be named, loaded or not; 64 MiB in all, 100,000 rows or groups a step; "
            + "COUNT_DISTINCTISH and QUANTILE are exact; not RANDOM_SAMPLE."),
        Of("ft.aliasadd", 3, RespFlags.Write, "1.0.0", "Gives an index another name", IndexChanges.AddAlias, null),
        Of("ft.aliasdel", 2, RespFlags.Write, "1.0.0", "Takes another name of an index away", IndexChanges.DeleteAlias,
            null),
        Of("ft.aliasupdate", 3, RespFlags.Write, "1.0.0", "Lets another name lead to an index",
            IndexChanges.UpdateAlias, "Other nodes see it within a second."),
        Of("ft.alter", -5, RespFlags.Write, "1.0.0", "Adds attributes to an index", IndexCommands.Alter,
            "Documents that are there have the new attributes when they are written again."),
        Of("ft.create", -4, RespFlags.Write | RespFlags.DenyOom, "1.0.0", "Creates an index", IndexCommands.Create,
            "One PREFIX, and no other index's keys may begin with it; not FILTER, SCORE_FIELD, TEMPORARY, PHONETIC, "
            + "GEOSHAPE, FLOAT64."),
        new()
        {
            Name = "ft.cursor", Arity = -4, Flags = RespFlags.ReadOnly, Group = Group, Since = "1.1.0",
            Summary = "A container for commands about cursors of aggregations",
            Subcommands =
            [
                Of("read", -4, RespFlags.ReadOnly, "1.1.0", "Returns the next rows of an aggregation",
                    AggregateCommand.ReadCursor, "At most 64 cursors of a node; the longest unread gives way."),
                Of("del", 4, RespFlags.ReadOnly, "1.1.0", "Forgets a cursor", AggregateCommand.DropCursor, null),
            ],
        },
        Of("ft.dictadd", -3, RespFlags.Write | RespFlags.DenyOom, "1.4.0", "Adds terms to a dictionary",
            DictionaryCommands.Add, "At most 50,000 terms of 255 bytes; kept on disk, as a document below /ft-words/."),
        Of("ft.dictdel", -3, RespFlags.Write, "1.4.0", "Takes terms from a dictionary", DictionaryCommands.Delete,
            null),
        Of("ft.dictdump", 2, RespFlags.ReadOnly, "1.4.0", "Returns the terms of a dictionary", DictionaryCommands.Dump,
            null),
        Of("ft.dropindex", -2, RespFlags.Write, "2.0.0", "Deletes an index", IndexChanges.Drop,
            "Its documents go with it, so one that has some wants DD."),
        Of("ft.explain", -3, RespFlags.ReadOnly, "1.0.0", "Returns how a query is understood", FindCommand.Explain,
            "The tree as it was written: stems are the index's."),
        Of("ft.explaincli", -3, RespFlags.ReadOnly, "1.0.0", "Returns how a query is understood, line by line",
            FindCommand.ExplainLines, "The tree as it was written: stems are the index's."),
        Of("ft.info", 2, RespFlags.ReadOnly, "1.0.0", "Returns what an index is and how much it holds",
            IndexCommands.Describe, "Fewer figures: those that are known here."),
        Of("ft.profile", -5, RespFlags.ReadOnly, "2.2.0", "Returns an answer and where its time went",
            ProfileCommand.Run, "The figures are those of this engine: times, searches, bytes, phases of each shard."),
        Of("ft.search", -3, RespFlags.ReadOnly, "1.0.0", "Finds documents by a query", FindCommand.Search,
            "Scores are BM25; LIMIT ends at 10,000; SORTBY needs a NUMERIC, TAG or SORTABLE attribute or a distance; "
            + "VERBATIM needs NOSTEM."),
        Of("ft.spellcheck", -3, RespFlags.ReadOnly, "1.4.0", "Returns words near those of a query that no document has",
            SpellCheckCommand.Run,
            "DISTANCE is 1 or 2, two neighbours swapped being one; of stemmed attributes the words are stems."),
        OfKey("ft.sugadd", -4, RespFlags.Write | RespFlags.DenyOom | RespFlags.NoMulti,
            "Adds a suggestion to a dictionary",
            SuggestionCommands.Add, "Kept on disk, as documents below /ft-suggestions/."),
        OfKey("ft.sugdel", 3, RespFlags.Write | RespFlags.NoMulti, "Takes a suggestion from a dictionary",
            SuggestionCommands.Delete, null),
        OfKey("ft.sugget", -3, RespFlags.ReadOnly | RespFlags.NoMulti,
            "Returns suggestions that begin so", SuggestionCommands.Get,
            "Scores are those that were given; FUZZY takes at most 12 characters."),
        OfKey("ft.suglen", 2, RespFlags.ReadOnly | RespFlags.NoMulti, "Returns how many suggestions a dictionary has",
            SuggestionCommands.Length, null),
        OfKey("json.arrappend", -4, RespFlags.Write | RespFlags.DenyOom, "Adds values to an array", JsonEdits.Append,
            OnePlace),
        OfKey("json.arrlen", -2, RespFlags.ReadOnly, "Returns the length of an array", JsonReads.ArrayLength, null),
        OfKey("json.del", -2, RespFlags.Write, "Deletes a JSON value", JsonCommands.Delete, OnePlace),
        OfKey("json.forget", -2, RespFlags.Write, "Deletes a JSON value: another name of JSON.DEL",
            JsonCommands.Delete, OnePlace),
        OfKey("json.get", -2, RespFlags.ReadOnly, "Returns a JSON value, or members of it", JsonCommands.Get,
            "Paths have no filters and no slices; INDENT, NEWLINE and SPACE add nothing; 64 paths at most."),
        new()
        {
            Name = "json.mget", Arity = -3, Flags = RespFlags.ReadOnly, Keys = new RespKeys(1, -2, 1), Group = Group,
            Since = "1.0.0", Summary = "Returns what a path leads to in several JSON values", Run = JsonReads.Many,
        },
        OfKey("json.numincrby", 4, RespFlags.Write | RespFlags.DenyOom, "Adds to a number", JsonEdits.Increment,
            OnePlace),
        OfKey("json.objkeys", -2, RespFlags.ReadOnly, "Returns the names of an object's members", JsonReads.Names,
            null),
        OfKey("json.objlen", -2, RespFlags.ReadOnly, "Returns how many members an object has", JsonReads.ObjectLength,
            null),
        OfKey("json.set", -4, RespFlags.Write | RespFlags.DenyOom, "Stores a JSON value", JsonCommands.Set,
            "One place. The value is a string to other commands, and a document under a prefix ON JSON."),
        OfKey("json.strlen", -2, RespFlags.ReadOnly, "Returns the length of a text in bytes", JsonReads.TextLength,
            null),
        OfKey("json.type", -2, RespFlags.ReadOnly, "Returns the types of values", JsonReads.Type, null),
        Of("ft.syndump", 2, RespFlags.ReadOnly, "1.2.0", "Returns the synonyms of an index",
            DictionaryCommands.DumpSynonyms, null),
        Of("ft.synupdate", -4, RespFlags.Write | RespFlags.DenyOom, "1.2.0", "Adds words to a group of synonyms",
            DictionaryCommands.UpdateSynonyms,
            "Queries look for them, so they hold for what is indexed already; 64 words with one at most."),
        Of("ft.tagvals", 3, RespFlags.ReadOnly, "1.0.0", "Returns the distinct tags of an attribute", TagValues.Run,
            "At most 100,000."),
    ];

    private static RespCommand OfKey(
        string name, int arity, RespFlags flags, string summary, RespRun run, string? difference) => new()
    {
        Name = name, Arity = arity, Flags = flags, Keys = RespKeys.One, Group = Group, Since = "1.0.0",
        Summary = summary, Run = run, Difference = difference,
    };

    private static RespCommand Of(
        string name, int arity, RespFlags flags, string since, string summary, RespRun run, string? difference) => new()
    {
        // Indexes are changed and searched at once, whatever a transaction then comes to.
        Name = name, Arity = arity, Flags = flags | RespFlags.NoMulti, Group = Group, Since = since,
        Summary = summary, Run = run,
        Difference = difference,
    };
}
