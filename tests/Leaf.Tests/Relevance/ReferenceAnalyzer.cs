using System.Text.RegularExpressions;
using Hedgerow.Leaf.Search.Analysis;

namespace Hedgerow.Leaf.Tests.Relevance;

/// <summary>
/// The reference script's analysis: runs of ASCII letters and digits, 33 stop words, Porter. Its page says
/// <c>[a-z0-9]+</c>, but its figures only come out with words that hold together over an apostrophe.
/// </summary>
internal sealed partial class ReferenceAnalyzer : IAnalyzer
{
    private readonly Language _porter = Languages.All.Single(language => language.Name == "porter");
    private readonly PorterStemmer _stemmer = new();

    public void Analyze(ReadOnlySpan<char> text, ITokenSink sink)
    {
        var position = 0;
        foreach (Match word in Word().Matches(text.ToString().ToLowerInvariant()))
        {
            if (!_porter.StopWords.Contains(word.Value))
                sink.Add(_stemmer.Stem(word.Value), position, word.Index, word.Index + word.Length);
            position++;
        }
    }

    public string Normalize(string text) => text;

    [GeneratedRegex("[a-z0-9]+(?:'[a-z]+)?")]
    private static partial Regex Word();
}
