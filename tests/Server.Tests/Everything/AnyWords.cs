using System.Text;
using System.Text.RegularExpressions;
using Hedgerow.Protocol;
using Hedgerow.Tests;

namespace Hedgerow.Server.Tests.Everything;

/// <summary>Which documents a query about words and patterns matches.</summary>
internal static class AnyWords
{
    public static bool IsText(string field) => field is "title" or "body" or "note" or "author.name";

    public static IEnumerable<string> Terms(AnyDocument document, string field) =>
        IsText(field) ? Values(document, field).SelectMany(Split) : Strings(document, field);

    public static bool Match(QueryNode query, AnyDocument document)
    {
        switch (query)
        {
            case MatchQuery match:
                return Words(document, match.Field, Split(match.Text), match.AllWords, match.Rules);
            case MultiMatchQuery multi:
                return multi.Fields.Any(field => Words(
                    document, field.Split('^')[0], Split(multi.Text), multi.AllWords, multi.Rules));
            case PhraseQuery phrase:
                return Phrase(document, phrase.Field, Split(phrase.Text), isCut: false);
            case PhrasePrefixQuery phrase:
                return Phrase(document, phrase.Field, Split(phrase.Text), isCut: true);
            case BoolPrefixQuery prefix:
                return BoolPrefix(document, prefix);
            case PrefixQuery prefix:
                return Terms(document, prefix.Field).Any(term => term.StartsWith(
                    Normal(prefix.Field, prefix.Prefix), StringComparison.Ordinal));
            case WildcardQuery wildcard:
                var pattern = Normal(wildcard.Field, wildcard.Pattern);
                return Terms(document, wildcard.Field).Any(term => Fits(pattern, term));
            case FuzzyQuery fuzzy:
                var word = Normal(fuzzy.Field, fuzzy.Text);
                var edits = EditsOf(fuzzy.Edits, word);
                return Terms(document, fuzzy.Field).Any(term => IsNear(word, term, edits, fuzzy.PrefixLength));
            default:
                throw new InvalidOperationException(query.ToString());
        }
    }

    private static IEnumerable<string> Strings(AnyDocument document, string field) =>
        AnyModel.Keys(document, field).Select(key => key.Text!);

    private static string[] Split(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(AnyQuery.Folded)];

    private static IEnumerable<string> Values(AnyDocument document, string field) => field switch
    {
        "title" => document.Title,
        "body" => document.Body,
        "note" => document.Note,
        _ => document.Authors.SelectMany(author => author.Names),
    };

    private static string Normal(string field, string text) =>
        IsText(field) ? AnyQuery.Folded(text) : field == "low" ? text.ToLowerInvariant() : text;

    private static bool Words(AnyDocument document, string field, string[] words, bool allWords, MatchRules rules)
    {
        if (words.Length == 0) return rules.ZeroTermsAll;
        HashSet<string> terms = [.. Terms(document, field)];
        var matched = words.Count(word => IsThere(terms, word, rules));
        return matched >= Minimum(words.Length, allWords, rules);
    }

    private static bool IsThere(HashSet<string> terms, string word, MatchRules rules)
    {
        var edits = rules.Fuzziness?.EditsOf(word.Length) ?? 0;
        if (edits == 0) return terms.Contains(word);
        return terms.Any(term => IsNear(word, term, edits, rules.PrefixLength)
            && NaiveEdits.Between(word, term) < Math.Min(word.Length, term.Length));
    }

    private static int Minimum(int words, bool allWords, MatchRules rules)
    {
        if (allWords) return words;
        if (words == 1 || rules.MinimumShouldMatch is not { } notation) return 1;
        Assert.True(ClauseMinimum.TryCount(notation, words, out var minimum));
        return Math.Max(1, minimum);
    }

    /// <summary>Words of one value behind each other; of the last only the beginning where it is cut.</summary>
    private static bool Phrase(AnyDocument document, string field, string[] words, bool isCut)
    {
        if (words.Length == 0) return false;
        foreach (var value in Values(document, field))
        {
            var terms = Split(value);
            for (var at = 0; at + words.Length <= terms.Length; at++)
            {
                var found = true;
                for (var i = 0; i < words.Length && found; i++)
                {
                    found = isCut && i == words.Length - 1
                        ? terms[at + i].StartsWith(words[i], StringComparison.Ordinal)
                        : terms[at + i] == words[i];
                }

                if (found) return true;
            }
        }

        return false;
    }

    private static bool BoolPrefix(AnyDocument document, BoolPrefixQuery prefix)
    {
        var words = Split(prefix.Text);
        if (words.Length == 0) return prefix.Rules.ZeroTermsAll;
        HashSet<string> terms = [.. Terms(document, prefix.Field)];
        var matched = words.SkipLast(1).Count(terms.Contains)
            + (terms.Any(term => term.StartsWith(words[^1], StringComparison.Ordinal)) ? 1 : 0);
        return matched >= Minimum(words.Length, prefix.AllWords, prefix.Rules);
    }

    private static bool Fits(string pattern, string term)
    {
        var regex = new StringBuilder("\\A");
        foreach (var symbol in pattern)
        {
            regex.Append(symbol switch
            {
                '*' => ".*",
                '?' => @"(?:[\ud800-\udbff][\udc00-\udfff]|.)",
                _ => Regex.Escape(symbol.ToString()),
            });
        }

        return Regex.IsMatch(term, regex.Append("\\z").ToString(), RegexOptions.Singleline);
    }

    private static int EditsOf(int edits, string word) =>
        edits >= 0 ? edits : word.Length <= 2 ? 0 : word.Length <= 5 ? 1 : 2;

    private static bool IsNear(string word, string term, int edits, int prefix)
    {
        if (prefix > word.EnumerateRunes().Count() && word != term) return false;
        var same = word[..Math.Min(prefix, word.Length)];
        return term.StartsWith(same, StringComparison.Ordinal) && NaiveEdits.Between(word, term) <= edits;
    }
}
