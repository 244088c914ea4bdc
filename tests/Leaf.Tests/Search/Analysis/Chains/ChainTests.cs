using CsCheck;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Protocol;
using static Hedgerow.Leaf.Tests.Search.Analysis.Parts;

namespace Hedgerow.Leaf.Tests.Search.Analysis;

public sealed class ChainTests
{
    private static readonly string[] Words =
        ["l'avion", "dell'arte", "dog's", "İstanbul'da", "the", "der", "東京", "running", "ﬁnding"];

    [Theory]
    [InlineData("lowercase", "", "The Quick Fox", "the/0 quick/1 fox/2")]
    [InlineData("uppercase", "", "The fox", "THE/0 FOX/1")]
    [InlineData("lowercase", "language=turkish", "DIŞ", "dış/0")]
    [InlineData("asciifolding", "", "café ﬁsh Straße", "cafe/0 fish/1 Strasse/2")]
    [InlineData("asciifolding", "preserve_original=true", "café bar", "café/0 cafe/0 bar/1")]
    [InlineData("stop", "stopwords=the;a", "the fox and a hen", "fox/1 and/2 hen/4")]
    [InlineData("stop", "stopwords=_english_", "the fox and a hen", "fox/1 hen/4")]
    [InlineData("stop", "stopwords=THE,ignore_case=true", "the fox", "fox/1")]
    [InlineData("keep", "keep_words=fox;hen", "the fox and a hen", "fox/1 hen/4")]
    [InlineData("stemmer", "language=english", "foxes running", "fox/0 run/1")]
    [InlineData("stemmer", "language=possessive_english", "dog's", "dog/0")]
    [InlineData("elision", "", "l'avion d'or", "avion/0 or/1")]
    [InlineData("elision", "articles=o", "o'neill l'avion", "neill/0 l'avion/1")]
    [InlineData("apostrophe", "", "Türkiye'de", "Türkiye/0")]
    [InlineData("length", "min=2,max=3", "a bb ccc dddd", "bb/1 ccc/2")]
    [InlineData("truncate", "length=3", "a bb ccc dddd", "a/0 bb/1 ccc/2 ddd/3")]
    [InlineData("limit", "max_token_count=2", "a b c", "a/0 b/1")]
    [InlineData("unique", "", "a b a c b", "a/0 b/1 c/3")]
    [InlineData("reverse", "", "abc", "cba/0")]
    [InlineData("edge_ngram", "min_gram=1,max_gram=3", "quick a", "q/0 qu/0 qui/0 a/1")]
    [InlineData("edge_ngram", "min_gram=2,max_gram=3,preserve_original=true", "quick a", "qu/0 qui/0 quick/0 a/1")]
    [InlineData("ngram", "min_gram=2,max_gram=3", "quick", "qu/0 qui/0 ui/0 uic/0 ic/0 ick/0 ck/0")]
    [InlineData("shingle", "", "a b c", "a/0 a b/0 b/1 b c/1 c/2")]
    [InlineData(
        "shingle", "output_unigrams=false,min_shingle_size=2,max_shingle_size=3", "a b c", "a b/0 a b c/0 b c/1")]
    [InlineData("word_delimiter", "", "PowerShot500 wi-fi dog's x", "Power/0 Shot/1 500/2 wi/3 fi/4 dog/5 x/6")]
    [InlineData(
        "word_delimiter", "catenate_all=true,preserve_original=true", "wi-fi x", "wi-fi/0 wifi/0 wi/0 fi/1 x/2")]
    public void Filter_does_what_its_name_says(string type, string settings, string text, string expected)
    {
        var part = Part(type, settings.Split(',', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(expected, Terms(Chain("whitespace", part), text));
    }

    [Theory]
    [InlineData("standard", "", "Wi-Fi, at 7.5!", "Wi/0 Fi/1 at/2 7.5/3")]
    [InlineData("whitespace", "", " Wi-Fi,  at ", "Wi-Fi,/0 at/1")]
    [InlineData("letter", "", "Wi-Fi2go", "Wi/0 Fi/1 go/2")]
    [InlineData("keyword", "", "New York", "New York/0")]
    [InlineData("pattern", "pattern=\\s*/\\s*", "a / b/c", "a/0 b/1 c/2")]
    [InlineData("pattern", "pattern=\"([^\"]*)\",group=1", "x \"a b\" y \"c\"", "a b/0 c/1")]
    [InlineData("ngram", "min_gram=2,max_gram=2", "abc", "ab/0 bc/1")]
    [InlineData("edge_ngram", "min_gram=1,max_gram=2,token_chars=letter", "abc de", "a/0 ab/1 d/2 de/3")]
    public void Tokenizer_cuts_as_its_name_says(string type, string settings, string text, string expected)
    {
        var part = Part(type, settings.Split(',', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(expected, Terms(Chain(part), text));
    }

    [Theory]
    [InlineData("html_strip", "", "<p>I&apos;m so <b>ha</b>ppy!</p>", "I'm<I&apos;m> so<so> happy<ha</b>ppy>")]
    [InlineData("html_strip", "", "a<script>x</script>b 1 < 2 caf&eacute;", "a<a> b<b> 1<1> 2<2> café<caf&eacute;>")]
    [InlineData("html_strip", "", "a<!-- x > y -->b <a title=\"x > y\">c", "ab<a<!-- x > y -->b> c<c>")]
    [InlineData("html_strip", "escaped_tags=b", "<b>a</b> <i>c</i>", "b<b> a<a> b<b> c<c>")]
    [InlineData("mapping", "mappings=ph => f;p => b", "phone stop", "fone<phone> stob<stop>")]
    [InlineData("pattern_replace", "pattern=(\\d+)-(?=\\d)", "1-2", "", true)]
    [InlineData(
        "pattern_replace", "pattern=(\\d+)-(\\d+),replacement=$1_$2", "call 12-34 now",
        "call<call> 12_34<12-34> now<now>")]
    public void Char_filter_changes_the_text_and_words_keep_their_places(
        string type, string settings, string text, string expected, bool isRefused = false)
    {
        var part = Part(type, settings.Split(',', StringSplitOptions.RemoveEmptyEntries));
        var chain = Chain("standard") with { CharFilters = [part] };
        if (isRefused) Assert.Contains("without going back", Problem(chain), StringComparison.Ordinal);
        else Assert.Equal(expected, Places(chain, text));
    }

    [Fact]
    public void Grams_stand_where_they_are_in_the_text_if_the_word_has_as_many_characters()
    {
        var chain = Chain("standard", Part("lowercase"), Part("asciifolding"), Part("edge_ngram", "max_gram=3"));
        Assert.Equal("q<Q> qu<Qu> qui<Qui> s<Straße> st<Straße> str<Straße>", Places(chain, "Quick Straße"));
    }

    [Fact]
    public void Stemmer_leaves_marked_words_alone()
    {
        var chain = Chain("standard", Part("keyword_marker", "keywords=running"), Part("stemmer"));
        Assert.Equal("running/0 walk/1", Terms(chain, "running walking"));
    }

    [Theory]
    [InlineData("klingon", "", "'klingon' is no filter; there are apostrophe, asciifolding")]
    [InlineData("lowercase", "size=1", "lowercase: 'size' is no setting of it; it has language")]
    [InlineData("ngram", "min_gram=1,max_gram=20", "20 lengths; at most 8 are allowed")]
    [InlineData("edge_ngram", "min_gram=3,max_gram=2", "it has to be no less")]
    [InlineData("edge_ngram", "max_gram=65", "whole numbers from 1 to 64 are allowed")]
    [InlineData("stemmer", "language=klingon", "'language' is 'klingon'; allowed are porter, english")]
    [InlineData("stop", "stopwords=_klingon_", "'stopwords' names '_klingon_'")]
    [InlineData("synonym", "", "it needs 'synonyms', a list of rules, or 'synonyms_set', a name")]
    [InlineData("synonym", "synonyms_set=places", "'synonyms_set' is 'places'; the collection has none")]
    [InlineData("synonym", "synonyms=a => b => c", "a rule is 'a, b, c' or 'a, b => c, d'")]
    [InlineData("synonym", "synonyms=a, !", "nothing is left of '!'")]
    [InlineData("unique", "only_on_same_position=perhaps", "allowed are true and false")]
    public void What_is_wrong_with_a_part_is_told_with_what_is_allowed(string type, string settings, string expected)
    {
        var isRule = settings.StartsWith("synonyms=", StringComparison.Ordinal);
        var part = Part(type, isRule ? [settings] : settings.Split(',', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(expected, Problem(Chain("standard", part)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(", ")]
    [InlineData(", w0 => x, ")]
    public void Side_of_a_rule_of_synonyms_has_so_many_texts_at_most(string joint)
    {
        var texts = Enumerable.Range(0, ChainLimits.SynonymTextsMax + 1).Select(i => $"w{i}");
        var many = Part("synonym", "synonyms=" + string.Join(", ", texts) + joint + "z");
        Assert.Contains(
            $"{ChainLimits.SynonymTextsMax} are allowed", Problem(Chain("standard", many)), StringComparison.Ordinal);

        // The same text again is no other.
        var same = string.Join(", ", Enumerable.Repeat("again", ChainLimits.SynonymTextsMax - 1));
        Made(Chain("standard", Part("synonym", "synonyms=" + same + ", z")));
    }

    [Fact]
    public void Chain_has_at_most_32_parts()
    {
        var filters = Enumerable.Repeat(Part("lowercase"), AnalyzerSchema.PartsMax).ToArray();
        Assert.Contains("33 parts; at most 32", Problem(Chain("standard", filters)), StringComparison.Ordinal);
        Made(Chain("standard", filters[1..]));
    }

    [Theory]
    [InlineData("(a{1000}){1000}")]
    [InlineData("((a{1,30}){1,30}){1,30}")]
    public void Pattern_that_would_take_all_memory_is_refused(string pattern)
    {
        var chain = Chain(Part("pattern", "pattern=" + pattern));
        Assert.Contains("above 1000; that is the limit", Problem(chain), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_char_filters_blow_up_stops_growing()
    {
        var chain = Chain("keyword") with { CharFilters = [Part("mapping", "mappings=a => " + new string('x', 100))] };
        var filter = ChainParts.CharFilter(chain.CharFilters[0], null!);
        var map = filter.Apply(new string('a', 1_000), 1_000, PatternWork.Unbounded);
        Assert.InRange(map.Text.Length, 1_000, (1_000 * TextMap.GrowthMax) + TextMap.GrowthFree);
        Assert.Equal('a', map.Text[^1]);
    }

    [Fact]
    public void Every_preset_gives_the_terms_of_the_chain_that_explains_it()
    {
        var names = Analyzers.Names.ToArray();
        var word = Gen.OneOf(
            Gen.String[Gen.Char["abcdeistnoABCİIıäéßœﬁ'’-.,1 "], 0, 12], Gen.String,
            Gen.Int[0, Words.Length - 1].Select(i => Words[i]));
        Gen.Select(word.Array[0, 8], Gen.Int[0, names.Length - 1], Gen.Bool).Sample((words, which, stops) =>
        {
            var text = string.Join(' ', words);
            var hasStops = Languages.All.Any(language => language.Name == names[which]) && stops;
            var schema = PresetChains.Of(names[which], hasStops)!;
            Assert.Equal(TokenList.Of(names[which], text, hasStops), Run(schema, text));
        });
    }

    [Fact]
    public void Any_text_gives_places_within_it_through_any_chain()
    {
        AnalysisPart[] filters =
        [
            Part("lowercase"), Part("asciifolding"), Part("nfkc"), Part("edge_ngram", "max_gram=4"),
            Part("ngram", "min_gram=1", "max_gram=3"), Part("shingle", "max_shingle_size=3"), Part("word_delimiter"),
            Part("stop"), Part("stemmer"), Part("unique"), Part("truncate", "length=3"), Part("reverse"), Part("trim"),
        ];
        AnalysisPart[] tokenizers =
        [
            Part("standard"), Part("whitespace"), Part("letter"), Part("keyword"), Part("cjk"), Part("pattern"),
            Part("ngram", "min_gram=1", "max_gram=2"), Part("edge_ngram", "min_gram=1", "max_gram=9"),
        ];
        AnalysisPart[] charFilters =
        [
            Part("html_strip"), Part("mapping", "mappings=a => ;b => bbbb;<p> => q"),
            Part("pattern_replace", "pattern=[aeiou]+", "replacement=<$0>"),
        ];
        var text = Gen.OneOf(Gen.String, Gen.String[Gen.Char["abeiou <>/p&;\"'!-AZ12ßéﬁ\ud83d\ude00"], 0, 60]);
        Gen.Select(
            text,
            Gen.Int[0, tokenizers.Length - 1],
            Gen.Int[0, charFilters.Length - 1].Array[0, 3],
            Gen.Int[0, filters.Length - 1].Array[0, 4]).Sample((input, tokenizer, before, behind) =>
        {
            var chain = Chain(tokenizers[tokenizer], [.. behind.Select(i => filters[i])]) with
            {
                CharFilters = [.. before.Select(i => charFilters[i])],
            };
            var multiplying = chain.Filters.Append(chain.Tokenizer)
                .Count(part => part.Type is "ngram" or "edge_ngram" or "shingle");
            if (multiplying > ChainLimits.MultiplyingMax)
            {
                Assert.Throws<AnalysisException>(() => Run(chain, input));
                return;
            }

            var position = 0;
            foreach (var token in Run(chain, input))
            {
                Assert.InRange(token.Position, position, int.MaxValue);
                Assert.InRange(token.Start, 0, input.Length);
                Assert.InRange(token.End, token.Start, input.Length);
                Assert.InRange(token.Term.Length, 1, Analyzers.TermCharsMax);
                position = token.Position;
            }
        });
    }

    [Fact]
    public void Html_of_a_hostile_page_is_read_in_one_go()
    {
        var page = string.Concat(Enumerable.Repeat("<a \"<!-- <b '&#x", 4_000));
        Assert.NotNull(Run(Chain("standard") with { CharFilters = [Part("html_strip")] }, page));
    }
}
