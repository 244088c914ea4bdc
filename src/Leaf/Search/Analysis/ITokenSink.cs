namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>Takes the terms of one text as an analyzer finds them.</summary>
internal interface ITokenSink
{
    /// <summary>One term.</summary>
    /// <param name="term">1 to <see cref="Analyzers.TermCharsMax"/> characters; valid only during the call.</param>
    /// <param name="position">Place among the words of the text, from 0; never falls from call to call.</param>
    /// <param name="start">Where the word begins in the original text, in UTF-16 characters.</param>
    /// <param name="end">Where it ends, exclusive.</param>
    void Add(ReadOnlySpan<char> term, int position, int start, int end);
}

/// <summary>Takes terms also as bytes, and without their places in the text: for what builds an index.</summary>
internal interface ITermSink : ITokenSink
{
    /// <summary>One term.</summary>
    /// <param name="term">Its UTF-8, not empty; valid only during the call.</param>
    /// <param name="position">As in <see cref="ITokenSink.Add"/>.</param>
    void Add(ReadOnlySpan<byte> term, int position);
}

/// <summary>
/// Takes terms with all that is known of their places: for queries, whose synonyms make a graph of them.
/// </summary>
internal interface IGraphSink : ITokenSink
{
    /// <summary>One term.</summary>
    /// <param name="term">As in <see cref="ITokenSink.Add"/>.</param>
    /// <param name="place">Where it stands, in the original text.</param>
    void Add(ReadOnlySpan<char> term, in TokenPlace place);
}
