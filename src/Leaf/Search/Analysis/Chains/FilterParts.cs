using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>The filters of words that chains are made of.</summary>
internal static class FilterParts
{
    private static readonly string[] SynonymSettings =
        ["synonyms", "synonyms_set", "format", "expand", "lenient"];

    /// <summary>By name.</summary>
    public static Dictionary<string, PartKind<FilterPlan>> Kinds { get; } = new(StringComparer.Ordinal)
    {
        ["lowercase"] = new(["language"], (settings, _) => MakeLowercase(settings)),
        ["uppercase"] = new([], (_, _) => Written(static word => word.ToUpperInvariant())),
        ["nfkc"] = new([], (_, _) => Written(Folding.Compose)),
        ["asciifolding"] = new(["preserve_original"], (settings, _) => MakeFolding(settings)),
        ["trim"] = new([], (_, _) => Written(static word => word.Trim())),
        ["reverse"] = new([], (_, _) => new FilterPlan(() => new WriteStage(Reversed))),
        ["apostrophe"] = new([], (_, _) => new FilterPlan(() => new WriteStage(Clitics.StripTurkishSuffix))),
        ["elision"] = new(["articles", "language"], (settings, _) => MakeElision(settings)),
        ["stemmer"] = new(["language"], (settings, _) => MakeStemmer(settings)),
        ["keyword_marker"] = new(["keywords", "ignore_case"], (settings, _) => MakeMarker(settings)),
        ["stop"] = new(["stopwords", "ignore_case"], (settings, _) => MakeStop(settings)),
        ["keep"] = new(["keep_words", "ignore_case"], (settings, _) => MakeKeep(settings)),
        ["length"] = new(["min", "max"], (settings, _) => MakeLength(settings)),
        ["truncate"] = new(["length"], (settings, _) => MakeTruncate(settings)),
        ["limit"] = new(["max_token_count"], (settings, _) => MakeLimit(settings)),
        ["unique"] = new(["only_on_same_position"], (settings, _) => MakeUnique(settings)),
        ["edge_ngram"] = new(
            ["min_gram", "max_gram", "preserve_original"], (settings, _) => MakeGrams(settings, isEdge: true)),
        ["ngram"] = new(
            ["min_gram", "max_gram", "preserve_original"], (settings, _) => MakeGrams(settings, isEdge: false)),
        ["shingle"] = new(
            ["min_shingle_size", "max_shingle_size", "output_unigrams", "token_separator", "filler_token"],
            (settings, _) => MakeShingles(settings)),
        ["word_delimiter"] = new(
            [
                "split_on_case_change", "split_on_numerics", "preserve_original", "catenate_all",
                "stem_english_possessive",
            ],
            (settings, _) => MakeParts(settings)),
        ["synonym"] = new(SynonymSettings, MakeSynonyms),
        ["synonym_graph"] = new(SynonymSettings, MakeSynonyms),
    };

    /// <summary>The lengths of grams, which are bounded.</summary>
    public static (int Least, int Most) Grams(PartSettings settings, bool isEdge)
    {
        var least = settings.Number("min_gram", 1, 1, ChainLimits.GramCharsMax);
        var most = settings.Number("max_gram", Math.Max(least, 2), 1, ChainLimits.GramCharsMax);
        if (least > most) throw settings.Bad($"'min_gram' is {least} and 'max_gram' {most}; it has to be no less");
        return isEdge || most - least < ChainLimits.GramLengthsMax
            ? (least, most)
            : throw settings.Bad(
                $"'min_gram' is {least} and 'max_gram' {most}, which are {most - least + 1} lengths; at most "
                + $"{ChainLimits.GramLengthsMax} are allowed");
    }

    private static FilterPlan Written(Func<string, string> write) =>
        new(() => new WriteStage(write)) { Normalize = write };

    private static string Reversed(string word)
    {
        var runes = word.EnumerateRunes().ToArray();
        Array.Reverse(runes);
        return string.Concat(runes.Select(rune => rune.ToString()));
    }

    private static FilterPlan MakeLowercase(PartSettings settings) =>
        Written(settings.Language("language", "standard", _ => true).Lower);

    private static FilterPlan MakeFolding(PartSettings settings)
    {
        var keeps = settings.Flag("preserve_original", false);
        return new FilterPlan(() => new WriteStage(Folding.Fold, keeps))
        {
            Stacks = keeps, IsOneToOne = !keeps, Normalize = Folding.Fold,
        };
    }

    private static FilterPlan MakeElision(PartSettings settings)
    {
        if (settings.Has("articles") && settings.Has("language"))
            throw settings.Bad("it has both articles and language; one of them is allowed");
        Func<string, string> strip = settings.Text("language", "french") switch
        {
            "french" => Clitics.StripFrenchArticle,
            "italian" => Clitics.StripItalianArticle,
            var other => throw settings.Bad($"'language' is '{other}'; allowed are french, italian"),
        };
        if (settings.Has("articles"))
        {
            var articles = settings.Words("articles", "_none_", ignoreCase: true);
            strip = word => Clitics.StripBefore(word, articles);
        }

        return new FilterPlan(() => new WriteStage(strip));
    }

    private static FilterPlan MakeStemmer(PartSettings settings)
    {
        if (settings.Text("language", "english") == "possessive_english")
            return new FilterPlan(() => new WriteStage(Clitics.StripPossessive, skipsKeywords: true));
        var language = settings.Language("language", "english", one => one.MakeStemmer() is not null);
        return new FilterPlan(() => new WriteStage(language.MakeStemmer()!.Stem, skipsKeywords: true));
    }

    private static FilterPlan MakeMarker(PartSettings settings)
    {
        var words = settings.Words("keywords", "_none_", settings.Flag("ignore_case", false));
        return new FilterPlan(() => new KeywordStage(words));
    }

    private static FilterPlan MakeStop(PartSettings settings)
    {
        var words = settings.Words("stopwords", "_english_", settings.Flag("ignore_case", false));
        return Passing(word => !words.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word));
    }

    private static FilterPlan MakeKeep(PartSettings settings)
    {
        var words = settings.Words("keep_words", "_none_", settings.Flag("ignore_case", false));
        return Passing(word => words.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word));
    }

    private static FilterPlan MakeLength(PartSettings settings)
    {
        var least = settings.Number("min", 0, 0, ChainLimits.WordCharsMax);
        var most = settings.Number("max", ChainLimits.WordCharsMax, 0, ChainLimits.WordCharsMax);
        return Passing(word => word.Length >= least && word.Length <= most);
    }

    private static FilterPlan Passing(TakesWord takes) => new(() => new PassStage(takes)) { Drops = true };

    private static FilterPlan MakeTruncate(PartSettings settings)
    {
        var length = settings.Number("length", 10, 1, ChainLimits.WordCharsMax);
        return new FilterPlan(() => new WriteStage(word => word.Length <= length
            ? word
            : word[..(char.IsHighSurrogate(word[length - 1]) ? length - 1 : length)]));
    }

    private static FilterPlan MakeLimit(PartSettings settings)
    {
        var most = settings.Number("max_token_count", 1, 1, ChainLimits.TokensMax);
        return new FilterPlan(() => new LimitStage(most)) { Drops = true };
    }

    private static FilterPlan MakeUnique(PartSettings settings)
    {
        var samePosition = settings.Flag("only_on_same_position", false);
        return new FilterPlan(() => new UniqueStage(samePosition)) { Drops = true };
    }

    private static FilterPlan MakeGrams(PartSettings settings, bool isEdge)
    {
        var (least, most) = Grams(settings, isEdge);
        var keeps = settings.Flag("preserve_original", false);
        return new FilterPlan(() => new GramStage(least, most, isEdge, keeps, isSpread: false))
        {
            IsOneToOne = false, Stacks = true,
        };
    }

    private static FilterPlan MakeShingles(PartSettings settings)
    {
        var least = settings.Number("min_shingle_size", 2, 2, ChainLimits.ShingleWordsMax);
        var most = settings.Number("max_shingle_size", least, 2, ChainLimits.ShingleWordsMax);
        if (least > most)
            throw settings.Bad($"'min_shingle_size' is {least} and 'max_shingle_size' {most}; it has to be no less");
        var words = settings.Flag("output_unigrams", true);
        var separator = settings.Text("token_separator", " ");
        var filler = settings.Text("filler_token", "_");
        return new FilterPlan(() => new ShingleStage(least, most, words, separator, filler))
        {
            IsOneToOne = false, Stacks = true,
        };
    }

    private static FilterPlan MakeParts(PartSettings settings)
    {
        var rules = new PartsRules(
            settings.Flag("split_on_case_change", true),
            settings.Flag("split_on_numerics", true),
            settings.Flag("preserve_original", false),
            settings.Flag("catenate_all", false),
            settings.Flag("stem_english_possessive", true));
        return new FilterPlan(() => new PartsStage(rules))
        {
            IsOneToOne = false, Stacks = rules.KeepsOriginal || rules.Joins,
        };
    }

    private static FilterPlan MakeSynonyms(PartSettings settings, ChainScope scope)
    {
        var sets = new List<SynonymSet>();
        if (settings.Has("synonyms"))
        {
            var format = settings.Text("format", "solr") switch
            {
                "solr" => SynonymFormat.Solr,
                "wordnet" => SynonymFormat.WordNet,
                var other => throw settings.Bad($"'format' is '{other}'; allowed are solr, wordnet"),
            };
            sets.Add(new SynonymSet { Name = "", Format = format, Rules = settings.List("synonyms") });
        }

        foreach (var name in settings.List("synonyms_set"))
        {
            sets.Add(scope.Sets.TryGetValue(name, out var set)
                ? set
                : throw settings.Bad($"'synonyms_set' is '{name}'; the collection has "
                    + (scope.Sets.Count == 0 ? "none" : string.Join(", ", scope.Sets.Keys.Order()))));
        }

        if (sets.Count == 0) throw settings.Bad("it needs 'synonyms', a list of rules, or 'synonyms_set', a name");
        var rules = new SynonymRules(
            scope.Before, settings.Flag("expand", true), settings.Flag("lenient", false));
        var map = rules.Read(sets);
        return new FilterPlan(() => new SynonymStage(map)) { IsOneToOne = false, Stacks = true, IsForQueries = true };
    }
}
