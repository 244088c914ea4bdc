using System.Diagnostics.CodeAnalysis;
using Lucene.Net.Analysis;
using Lucene.Net.Analysis.En;
using Lucene.Net.Analysis.TokenAttributes;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>Cuts a lower-case word to its stem. Not thread-safe.</summary>
internal interface IStemmer
{
    /// <summary>The stem; never longer than the word by more than a letter or two.</summary>
    string Stem(string word);
}

/// <summary>
/// Porter's stemmer of 1980 with its author's later departures, as his own programs and vocabulary have it. Lucene
/// keeps the class internal, so this drives its filter with a stream of one word.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "Holds arrays only; lives as long as its thread.")]
internal sealed class PorterStemmer : IStemmer
{
    private readonly OneWord _word = new();
    private readonly PorterStemFilter _filter;
    private readonly ICharTermAttribute _term;

    public PorterStemmer()
    {
        _filter = new PorterStemFilter(_word);
        _term = _filter.GetAttribute<ICharTermAttribute>();
    }

    /// <inheritdoc/>
    public string Stem(string word)
    {
        _word.Word = word;
        _filter.IncrementToken();
        return _term.ToString()!;
    }

    private sealed class OneWord : TokenStream
    {
        private readonly ICharTermAttribute _term;

        public OneWord()
        {
            _term = AddAttribute<ICharTermAttribute>();
        }

        public string Word { get; set; } = "";

        public override bool IncrementToken()
        {
            _term.SetEmpty().Append(Word);
            return true;
        }
    }
}
