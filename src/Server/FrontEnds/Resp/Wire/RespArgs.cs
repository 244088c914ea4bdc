using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>Where one argument stands in the bytes of its command.</summary>
internal readonly record struct ArgSpan(int Start, int Length)
{
    /// <summary>Bytes of one of these: arguments without bytes take memory too.</summary>
    public const int Bytes = 2 * sizeof(int);
}

/// <summary>
/// The arguments of one command, the name first: a view of the bytes they came in. Valid until the handler returns.
/// </summary>
internal readonly ref struct RespArgs
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly ReadOnlySpan<ArgSpan> _spans;

    /// <param name="bytes">What the spans point into.</param>
    /// <param name="spans">One for each argument, the name's first.</param>
    public RespArgs(ReadOnlySpan<byte> bytes, ReadOnlySpan<ArgSpan> spans)
    {
        _bytes = bytes;
        _spans = spans;
    }

    /// <summary>Arguments with the name: what a command's arity counts.</summary>
    public int Count => _spans.Length;

    /// <summary>The bytes of one argument; 0 is the name as the client spelled it.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            var span = _spans[index];
            return _bytes.Slice(span.Start, span.Length);
        }
    }

    /// <summary>Bytes of all arguments together.</summary>
    public long TotalBytes
    {
        get
        {
            long total = 0;
            foreach (var span in _spans) total += span.Length;
            return total;
        }
    }

    /// <summary>Whether an argument is this word in any case.</summary>
    /// <param name="index">Which.</param>
    /// <param name="upperCase">The word in upper-case ASCII.</param>
    public bool Is(int index, ReadOnlySpan<byte> upperCase) => RespText.EqualsUpper(this[index], upperCase);

    /// <summary>
    /// Reads an argument as Redis reads an integer: an optional minus, no plus, no leading zeros, no blanks, 64 bits.
    /// </summary>
    public bool TryLong(int index, out long value) => RedisInteger.TryParse(this[index], out value);

    /// <summary>The arguments from one on, still with their own order; index 0 of the result is that one.</summary>
    public RespArgs From(int index) => new(_bytes, _spans[index..]);

    /// <summary>Copies all arguments, one behind the other.</summary>
    /// <param name="bytes">Takes <see cref="TotalBytes"/>.</param>
    /// <param name="spans">Takes <see cref="Count"/>.</param>
    public void CopyTo(Span<byte> bytes, Span<ArgSpan> spans)
    {
        var at = 0;
        for (var i = 0; i < _spans.Length; i++)
        {
            var span = _spans[i];
            _bytes.Slice(span.Start, span.Length).CopyTo(bytes[at..]);
            spans[i] = new ArgSpan(at, span.Length);
            at += span.Length;
        }
    }
}

/// <summary>Words as Redis reads them.</summary>
internal static class RespText
{
    /// <summary>Whether a word is this one in any case; only ASCII letters have a case.</summary>
    public static bool EqualsUpper(ReadOnlySpan<byte> word, ReadOnlySpan<byte> upperCase)
    {
        if (word.Length != upperCase.Length) return false;
        for (var i = 0; i < word.Length; i++)
        {
            var c = word[i];
            if (c is >= (byte)'a' and <= (byte)'z') c -= 32;
            if (c != upperCase[i]) return false;
        }

        return true;
    }
}
