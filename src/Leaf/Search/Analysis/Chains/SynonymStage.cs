namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// Puts beside words, or in their place, what they mean by rules: from left to right, of the rules that begin at a word
/// the one with most words, never over what another has taken. For queries only: it keeps the whole text in mind.
/// </summary>
/// <remarks>
/// Alternatives of several words make the words a graph. Its places are numbered as Lucene's SynonymGraphFilter does
/// it: each alternative has places of its own between where all begin and where all end.
/// <code>
///   ny, new york city, big apple          ny      0 .............. 4
///                                         new     0 . 1
///                                         york        1 . 2
///                                         city            2 ...... 4
///                                         big     0 ......... 3
///                                         apple               3 . 4
/// </code>
/// </remarks>
internal sealed class SynonymStage(SynonymMap synonyms) : TokenStage
{
    private readonly List<(string Word, TokenPlace Place)> _words = [];
    private readonly List<(string Word, TokenPlace Place)> _graph = [];

    /// <inheritdoc/>
    public override void Begin()
    {
        _words.Clear();
        Next.Begin();
    }

    /// <inheritdoc/>
    public override void Add(in Token token) => _words.Add((token.Term.ToString(), token.Place));

    /// <inheritdoc/>
    public override void End()
    {
        var moved = 0;
        for (var at = 0; at < _words.Count;)
        {
            var length = synonyms.Match(_words, at, out var found);
            if (length == 0)
            {
                var (word, place) = _words[at++];
                Next.Add(new Token(word, place with
                {
                    Position = place.Position + moved, Root = place.Position + moved,
                }));
                continue;
            }

            var first = _words[at].Place;
            var last = _words[at + length - 1].Place;
            var end = Give(at, length, found.Ways, found.KeepsOriginal, first.Position + moved);
            moved = end - last.Position - 1;
            at += length;
        }

        _words.Clear();
        Next.End();
    }

    /// <summary>Gives all that some words mean.</summary>
    /// <returns>The place where all of it ends.</returns>
    private int Give(int at, int length, IReadOnlyList<SynonymWay> ways, bool keepsOriginal, int root)
    {
        _graph.Clear();
        var (first, last) = (_words[at].Place, _words[at + length - 1].Place);
        var inner = (keepsOriginal ? length - 1 : 0) + ways.Sum(way => way.Words.Count - 1);
        var (end, next, number) = (root + 1 + inner, root + 1, 0);
        if (keepsOriginal)
        {
            number++;
            for (var i = 0; i < length; i++)
            {
                var (word, place) = _words[at + i];
                Put(word, place, place.Position - first.Position, i == length - 1);
            }
        }

        foreach (var way in ways)
        {
            number++;
            var said = new TokenPlace(0, first.Start, last.End) { Kind = TokenKind.Synonym };
            for (var i = 0; i < way.Words.Count; i++)
                Put(way.Words[i].Word, said, way.Words[i].Step, i == way.Words.Count - 1);
        }

        foreach (var (word, place) in _graph.OrderBy(entry => entry.Place.Position))
            Next.Add(new Token(word, place));
        return end;

        void Put(string word, TokenPlace place, int step, bool isLast)
        {
            // The first word of a way begins at the root, each later one where the one before it ended.
            var from = _graph.Count > 0 && _graph[^1].Place.Way == number
                ? _graph[^1].Place.Position + _graph[^1].Place.Length
                : root;
            var to = isLast ? end : next++;
            _graph.Add((word, place with
            {
                Position = from, Length = to - from, Root = root, Way = number, Step = step,
            }));
        }
    }
}
