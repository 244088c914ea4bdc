namespace Hedgerow.Leaf.Search.Queries;

/// <summary>A part of a regular expression, which adds itself to an automaton.</summary>
internal abstract record RegexpNode
{
    /// <summary>Adds what it matches behind a state.</summary>
    /// <returns>The state behind it.</returns>
    public abstract int AddTo(ByteNfa nfa, int from);
}

/// <summary>One character of some ranges of code points; no ranges stand for any character.</summary>
internal sealed record RegexpCharacter(IReadOnlyList<(int Low, int High)> Ranges) : RegexpNode
{
    public override int AddTo(ByteNfa nfa, int from)
    {
        var to = nfa.State();
        if (Ranges.Count == 0) nfa.AnyCharacter(from, to);
        foreach (var (low, high) in Ranges) nfa.Characters(from, low, high, to);
        return to;
    }
}

/// <summary>One after another.</summary>
internal sealed record RegexpSequence(IReadOnlyList<RegexpNode> Parts) : RegexpNode
{
    public override int AddTo(ByteNfa nfa, int from)
    {
        foreach (var part in Parts) from = part.AddTo(nfa, from);
        return from;
    }
}

/// <summary>Any of them.</summary>
internal sealed record RegexpChoice(IReadOnlyList<RegexpNode> Options) : RegexpNode
{
    public override int AddTo(ByteNfa nfa, int from)
    {
        var to = nfa.State();
        foreach (var option in Options)
        {
            var entry = nfa.State();
            nfa.Free(from, entry);
            nfa.Free(option.AddTo(nfa, entry), to);
        }

        return to;
    }
}

/// <summary>The same several times; no maximum is without end.</summary>
internal sealed record RegexpRepeat(RegexpNode Part, int Minimum, int? Maximum) : RegexpNode
{
    public override int AddTo(ByteNfa nfa, int from)
    {
        // Each round makes a state of its own, so that nested counts run into the automaton's limit and not into hours.
        for (var i = 0; i < Minimum && !nfa.IsTooLarge; i++) from = Part.AddTo(nfa, Entry(nfa, from));
        if (Maximum is not { } most)
        {
            var loop = Entry(nfa, from);
            nfa.Free(Part.AddTo(nfa, Entry(nfa, loop)), loop);
            return Entry(nfa, loop);
        }

        var to = nfa.State();
        for (var i = Minimum; i < most && !nfa.IsTooLarge; i++)
        {
            nfa.Free(from, to);
            from = Part.AddTo(nfa, Entry(nfa, from));
        }

        nfa.Free(from, to);
        return to;
    }

    private static int Entry(ByteNfa nfa, int from)
    {
        var entry = nfa.State();
        nfa.Free(from, entry);
        return entry;
    }
}
