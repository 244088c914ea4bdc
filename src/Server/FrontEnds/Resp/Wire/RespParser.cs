using System.Runtime.CompilerServices;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>What looking for a command came to.</summary>
internal enum ParseResult
{
    /// <summary>A whole command.</summary>
    Command,

    /// <summary>Something that asks for nothing: an empty line, an array of no elements.</summary>
    Nothing,

    /// <summary>The rest has not come.</summary>
    NeedsMore,

    /// <summary>A command over <see cref="RespLimits.CommandBytesMax"/> came to its end; it was not kept.</summary>
    TooLarge,

    /// <summary>These are no commands: <see cref="RespParser.Error"/> says why. Nothing can be read after.</summary>
    Broken,
}

/// <summary>
/// Finds commands in the bytes of one connection: arrays of bulk strings, and lines of words for people at a terminal.
/// Where a command is cut off it remembers how far it came, so that bytes which trickle in are looked at once.
/// </summary>
/// <remarks>
/// Offsets are from the command's first byte, which stays the first of the input until the command is whole. Commands
/// that are whole are kept side by side in <see cref="Spans"/>, so that a batch can be looked at before it is executed.
/// Nothing is reserved for what was only announced. Aggregates within a command (RESP3 has them) are an error: no
/// command takes one, so nesting can't be deep.
/// </remarks>
internal sealed class RespParser
{
    private const int SpansAtFirst = 64;
    private const int SpansKept = 4096;
    private const int LeastBytesOfBulk = 6;

    private readonly RespLimits _limits;
    private ArgSpan[] _spans = new ArgSpan[SpansAtFirst];
    private byte[] _words = [];
    private int _first;
    private int _count;
    private int _at;
    private int _missing;
    private long _bytes;
    private long _skip;
    private bool _isTooLarge;

    public RespParser(RespLimits limits)
    {
        _limits = limits;
    }

    /// <summary>Whether the limits of those who have not given a password hold.</summary>
    public bool IsRestricted { get; set; }

    /// <summary>After <see cref="ParseResult.Broken"/>: Redis's text.</summary>
    public string Error { get; private set; } = "";

    /// <summary>Where arguments stand; <see cref="First"/> and <see cref="Count"/> are the last command's.</summary>
    public ReadOnlySpan<ArgSpan> Spans => _spans;

    /// <summary>Index of the last command's first argument in <see cref="Spans"/>.</summary>
    public int First => _first;

    /// <summary>Arguments of the last command.</summary>
    public int Count => _count;

    /// <summary>The words of an inline command, without their quotes, until the next one.</summary>
    public ReadOnlySpan<byte> Words => _words;

    /// <summary>Whether the last command was a line of words: its spans point into <see cref="Words"/>.</summary>
    public bool IsInline { get; private set; }

    /// <summary>Bytes, from the first of the command, that it has at least; 0 when that is not known.</summary>
    public int Wanted { get; private set; }

    /// <summary>Begins a batch: the next command's arguments come first.</summary>
    public void Reset()
    {
        if (_missing > 0)
        {
            // A command that was cut off moves to the front with what is known of it.
            if (_first > 0) Array.Copy(_spans, _first, _spans, 0, _count);
            _first = 0;
            return;
        }

        _first = _count = 0;
        if (_spans.Length > SpansKept) _spans = new ArgSpan[SpansAtFirst];
    }

    /// <summary>Forgets a command that was cut off: it will be read from its first byte again.</summary>
    public void Forget()
    {
        _missing = 0;
        _at = 0;
        _count = 0;
        _bytes = 0;
    }

    /// <summary>Looks at the next command, which begins at the input's first byte.</summary>
    /// <param name="input">From the command's first byte on.</param>
    /// <param name="used">Bytes that are done with; none of a command that is cut off, unless it is skipped.</param>
    public ParseResult Read(ReadOnlySpan<byte> input, out int used)
    {
        used = 0;
        Wanted = 0;
        if (_isTooLarge) return Skip(input, ref used);
        if (_missing == 0)
        {
            _first += _count;
            _count = 0;
            _bytes = 0;
            IsInline = false;
            if (input.IsEmpty) return ParseResult.NeedsMore;
            if (input[0] != '*') return ReadInline(input, out used);
            var begun = ReadHead(input, out used);
            if (begun != ParseResult.Command) return begun;
        }

        return ReadBulks(input, ref used);
    }

    private ParseResult ReadHead(ReadOnlySpan<byte> input, out int used)
    {
        used = 0;
        // Most commands have one digit of arguments.
        if (input.Length >= 4 && input[2] == '\r' && (uint)(input[1] - '1') < 9)
        {
            _missing = input[1] - '0';
            _at = 4;
            return ParseResult.Command;
        }

        var end = input.IndexOf((byte)'\r');
        if (end < 0 || end + 1 >= input.Length)
            return end < 0 && input.Length > RespLimits.LineBytesMax
                ? Break("too big mbulk count string")
                : ParseResult.NeedsMore;
        if (!RedisInteger.TryParse(input[1..end], out var count) || count > _limits.ArgumentsMax)
            return Break("invalid multibulk length");
        if (count > RespLimits.ArgumentsBeforeAuth && IsRestricted) return Break("unauthenticated multibulk length");
        if (count <= 0)
        {
            used = end + 2;
            return ParseResult.Nothing;
        }

        _missing = (int)count;
        _at = end + 2;
        return ParseResult.Command;
    }

    private ParseResult ReadBulks(ReadOnlySpan<byte> input, ref int used)
    {
        while (_missing > 0)
        {
            var head = ReadBulkHead(input, out var start, out var length);
            if (head != ParseResult.Command) return head;
            _bytes += length;
            if (_bytes > _limits.CommandBytesMax)
            {
                if (_first > 0)
                {
                    // Skipping can't be taken back, so the commands before it are executed first.
                    Forget();
                    return ParseResult.NeedsMore;
                }

                _skip = start + length + 2L;
                _isTooLarge = true;
                _missing--;
                return Skip(input, ref used);
            }

            if (input.Length - start < length + 2)
            {
                _bytes -= length;
                Wanted = (int)Math.Min(start + length + 2L + ((_missing - 1L) * LeastBytesOfBulk), int.MaxValue);
                return ParseResult.NeedsMore;
            }

            Add(new ArgSpan(start, length));
            _at = start + length + 2;
            _missing--;
        }

        used = _at;
        _at = 0;
        return ParseResult.Command;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ParseResult ReadBulkHead(ReadOnlySpan<byte> input, out int start, out int length)
    {
        var at = _at;
        // "$D\r\n" and "$DD\r\n" without a search.
        if (input.Length - at >= 5 && input[at] == '$')
        {
            var first = (uint)(input[at + 1] - '0');
            if (first <= 9 && input[at + 2] == '\r')
            {
                start = at + 4;
                length = (int)first;
                return ParseResult.Command;
            }

            var second = (uint)(input[at + 2] - '0');
            if (first - 1 <= 8 && second <= 9 && input[at + 3] == '\r')
            {
                start = at + 5;
                length = (int)((first * 10) + second);
                return ParseResult.Command;
            }
        }

        return ReadLongBulkHead(input, out start, out length);
    }

    private ParseResult ReadLongBulkHead(ReadOnlySpan<byte> input, out int start, out int length)
    {
        start = length = 0;
        var rest = input[Math.Min(_at, input.Length)..];
        var end = rest.IndexOf((byte)'\r');
        if (end < 0 || end + 1 >= rest.Length)
            return end < 0 && rest.Length > RespLimits.LineBytesMax
                ? Break("too big bulk count string")
                : ParseResult.NeedsMore;
        if (rest[0] != '$') return Break($"expected '$', got '{(char)rest[0]}'");
        if (!RedisInteger.TryParse(rest[1..end], out var count) || count < 0 || count > _limits.BulkBytesMax)
            return Break("invalid bulk length");
        if (count > RespLimits.BulkBytesBeforeAuth && IsRestricted) return Break("unauthenticated bulk length");
        start = _at + end + 2;
        length = (int)count;
        return ParseResult.Command;
    }

    // Reads past a command that is too large, without keeping its bytes: offsets here are from the input's first byte.
    private ParseResult Skip(ReadOnlySpan<byte> input, ref int used)
    {
        while (true)
        {
            if (_skip > input.Length - used)
            {
                _skip -= input.Length - used;
                used = input.Length;
                return ParseResult.NeedsMore;
            }

            used += (int)_skip;
            _skip = 0;
            if (_missing == 0) break;
            _at = used;
            var head = ReadBulkHead(input, out var start, out var length);
            if (head != ParseResult.Command) return head;
            _skip = start - used + length + 2L;
            _missing--;
        }

        _isTooLarge = false;
        _at = 0;
        _count = 0;
        return ParseResult.TooLarge;
    }

    private ParseResult ReadInline(ReadOnlySpan<byte> input, out int used)
    {
        used = 0;
        var end = input.IndexOf((byte)'\n');
        if (end < 0)
            return input.Length > RespLimits.LineBytesMax
                ? Break("too big inline request")
                : ParseResult.NeedsMore;
        used = end + 1;
        var line = input[..end];
        if (!line.IsEmpty && line[^1] == '\r') line = line[..^1];
        if (line.IsEmpty) return ParseResult.Nothing;
        if (line.Length > RespLimits.LineBytesMax) return Break("too big inline request");
        if (!InlineWords.TrySplit(line, out var words, out var spans)) return Break("unbalanced quotes in request");
        if (spans.Count == 0) return ParseResult.Nothing;
        _words = words;
        IsInline = true;
        foreach (var span in spans) Add(span);
        return ParseResult.Command;
    }

    private void Add(ArgSpan span)
    {
        var index = _first + _count;
        if (index == _spans.Length) Array.Resize(ref _spans, 2 * _spans.Length);
        _spans[index] = span;
        _count++;
    }

    private ParseResult Break(string what)
    {
        Error = "ERR Protocol error: " + what;
        return ParseResult.Broken;
    }
}
