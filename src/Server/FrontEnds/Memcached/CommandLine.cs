using System.Runtime.CompilerServices;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// A line cut into words at blanks: a view. The first <see cref="MemcachedLimits.WordsMax"/> words are found; nothing
/// is allocated.
/// </summary>
internal ref struct CommandLine
{
    private readonly ReadOnlySpan<byte> _line;
    private WordStarts _starts;
    private WordStarts _ends;

    /// <param name="line">Without what ends it.</param>
    public CommandLine(ReadOnlySpan<byte> line)
    {
        _line = line;
        var at = 0;
        while (at < line.Length && Count < MemcachedLimits.WordsMax)
        {
            if (line[at] == (byte)' ')
            {
                at++;
                continue;
            }

            var length = line[at..].IndexOf((byte)' ');
            var end = length < 0 ? line.Length : at + length;
            _starts[Count] = (short)at;
            _ends[Count++] = (short)end;
            at = end;
        }
    }

    /// <summary>Words found.</summary>
    public int Count { get; private set; }

    /// <summary>A word; empty past the last.</summary>
    public readonly ReadOnlySpan<byte> this[int index] =>
        (uint)index < (uint)Count ? _line[_starts[index].._ends[index]] : default;

    /// <summary>The last word found; empty when there is none.</summary>
    public readonly ReadOnlySpan<byte> Last => this[Count - 1];

    /// <summary>Whether it ends with the word that asks for no answer.</summary>
    public readonly bool AsksNoReply => Count > 1 && Last.SequenceEqual("noreply"u8);

    [InlineArray(MemcachedLimits.WordsMax)]
    private struct WordStarts
    {
        private short _first;
    }
}
