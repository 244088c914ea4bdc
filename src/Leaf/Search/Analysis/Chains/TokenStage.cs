namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// One part of a running chain behind its tokenizer: takes the words of a text one by one, in order of position, and
/// gives what it makes of them to the next. What it remembers is bounded and of one text. One thread.
/// </summary>
internal abstract class TokenStage
{
    /// <summary>Who comes next; set once, before the first text.</summary>
    public TokenStage Next { get; set; } = null!;

    /// <summary>Begins a text.</summary>
    public virtual void Begin() => Next.Begin();

    /// <summary>Takes a word.</summary>
    public abstract void Add(in Token token);

    /// <summary>There are no more.</summary>
    public virtual void End() => Next.End();
}

/// <summary>What cuts a text. One thread.</summary>
internal abstract class TextCutter
{
    /// <summary>Cuts the text from one end to the other.</summary>
    public abstract void Cut(ReadOnlySpan<char> text, TokenStage first);

    /// <summary>Counts the work of that, where it may grow faster than the text.</summary>
    public virtual void Count(ReadOnlySpan<char> text, PatternWork work)
    {
        // There is none.
    }
}

/// <summary>The end of a chain: gives a sink what an index can take, with places in the text as it came.</summary>
internal sealed class LastStage : TokenStage
{
    private ITokenSink? _sink;
    private IGraphSink? _graph;
    private IReadOnlyList<TextMap> _maps = [];

    /// <summary>Where the words of the next text go.</summary>
    public void Lead(ITokenSink? sink, IReadOnlyList<TextMap> maps)
    {
        _sink = sink;
        _graph = sink as IGraphSink;
        _maps = maps;
    }

    /// <inheritdoc/>
    public override void Begin()
    {
    }

    /// <inheritdoc/>
    public override void Add(in Token token)
    {
        if (token.Term.Length is 0 or > Analyzers.TermCharsMax) return;
        var place = token.Place;
        var (start, end) = (place.Start, place.End);
        for (var i = _maps.Count - 1; i >= 0; i--) (start, end) = _maps[i].Before(start, end);
        if (_graph is not null) _graph.Add(token.Term, place with { Start = start, End = end });
        else _sink!.Add(token.Term, place.Position, start, end);
    }

    /// <inheritdoc/>
    public override void End()
    {
    }
}
