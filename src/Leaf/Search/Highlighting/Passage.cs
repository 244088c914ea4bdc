using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Search.Highlighting;

/// <summary>A part of one value of a field that has matches.</summary>
/// <param name="Value">Which value.</param>
/// <param name="Start">Where it begins in the value.</param>
/// <param name="End">Where it ends, exclusive.</param>
/// <param name="Matches">Those in it, in order of place.</param>
internal readonly record struct Passage(int Value, int Start, int End, ArraySegment<HighlightMatch> Matches);
