namespace Hedgerow.Bench.Pages;

/// <summary>What both engines do. Queries are of any of some words; articles are told by number.</summary>
internal interface IPageEngine
{
    /// <summary>Pages one behind the other, each from the last hit of the one before, by score.</summary>
    List<int> ByScore(string text, int pages, int size);

    /// <summary>The same by length, longest first.</summary>
    List<int> ByLength(string text, int pages, int size);

    /// <summary>One page far down by length, without the one before.</summary>
    List<int> Deep(string text, int from, int size);

    /// <summary>The longest article of each of the groups whose longest ones are the longest.</summary>
    List<int> Groups(string text, int size);
}
