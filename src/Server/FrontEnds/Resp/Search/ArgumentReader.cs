using System.Text;
using System.Text.Unicode;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// The arguments of a search command, taken one after the other. The first thing that is wrong is kept as <see
/// cref="Error"/>, in RediSearch's words, and everything behind it reads as nothing. One thread.
/// </summary>
internal sealed class ArgumentReader
{
    /// <summary>Items of one counted list.</summary>
    private const int CountMax = 10_000;

    private readonly byte[][] _arguments;
    private readonly string _command;
    private int _at;

    /// <param name="call">Whose arguments are copied.</param>
    /// <param name="first">Where to begin.</param>
    public ArgumentReader(RespCall call, int first = 1)
    {
        _arguments = new byte[call.Count][];
        for (var i = 0; i < _arguments.Length; i++) _arguments[i] = call[i].ToArray();
        _command = call.Command.Name.ToUpperInvariant();
        _at = first;
    }

    /// <param name="command">Its name, for messages.</param>
    /// <param name="arguments">All of them.</param>
    public ArgumentReader(string command, IReadOnlyList<string> arguments)
    {
        _arguments = [.. arguments.Select(Encoding.UTF8.GetBytes)];
        _command = command;
    }

    /// <summary>What is wrong; null when nothing is.</summary>
    public string? Error { get; private set; }

    /// <summary>Whether all was taken, or something is wrong.</summary>
    public bool IsAtEnd => Error is not null || _at >= _arguments.Length;

    /// <summary>Arguments that are left.</summary>
    public int Left => Error is null ? _arguments.Length - _at : 0;

    /// <summary>The next argument, which stays.</summary>
    public string Peek => IsAtEnd ? "" : Encoding.UTF8.GetString(_arguments[_at]);

    /// <summary>Notes what is wrong.</summary>
    public void Fail(string error) => Error ??= error;

    /// <summary>Notes that the next argument is none that is known.</summary>
    public void FailUnknown() => Fail($"Unknown argument `{Peek}` at position {_at} for {_command}");

    /// <summary>Takes the next argument's bytes.</summary>
    public byte[] Bytes(string what)
    {
        if (!IsAtEnd) return _arguments[_at++];
        Fail($"Bad arguments for {what}: Expected an argument, but none provided");
        return [];
    }

    /// <summary>Takes the next argument as text.</summary>
    public string Text(string what) => TextOf(what, Bytes(what));

    /// <summary>Takes a word, in any case, if it is next.</summary>
    public bool TryWord(string word)
    {
        if (IsAtEnd || !Ascii.EqualsIgnoreCase(_arguments[_at], word)) return false;
        _at++;
        return true;
    }

    /// <summary>Takes a whole number from one bound to another.</summary>
    public long Whole(string what, long least = 0, long most = long.MaxValue)
    {
        var text = Bytes(what);
        if (Error is not null) return least;
        if (!RedisInteger.TryParse(text, out var number))
            Fail($"Bad arguments for {what}: Could not convert argument to expected type");
        else if (number < least || number > most)
            Fail($"Bad arguments for {what}: {number} is not allowed; {least} to {most} are");
        return Math.Clamp(number, least, most);
    }

    /// <summary>Takes a number, which may be infinite.</summary>
    public double Number(string what)
    {
        var text = Text(what);
        if (Error is null && !DialectCursor.TryNumber(text, out var number))
            Fail($"Bad arguments for {what}: Could not convert argument to expected type");
        else if (DialectCursor.TryNumber(text, out number)) return number;
        return 0;
    }

    /// <summary>Takes a count and so many arguments.</summary>
    public IReadOnlyList<string> Counted(string what) => 
        [.. CountedBytes(what).Select(bytes => TextOf(what, bytes))];

    /// <summary>What bytes say: other bytes than a text's would be read as another text.</summary>
    public string TextOf(string what, byte[] bytes)
    {
        if (Utf8.IsValid(bytes)) return Encoding.UTF8.GetString(bytes);
        Fail($"Bad arguments for {what}: not valid UTF-8, where half of a surrogate pair is no character");
        return "";
    }

    /// <summary>As <see cref="Counted"/>, for what may be no text.</summary>
    public IReadOnlyList<byte[]> CountedBytes(string what)
    {
        var count = (int)Whole(what, 0, CountMax);
        var items = new List<byte[]>();
        for (var i = 0; i < count && Error is null; i++) items.Add(Bytes(what));
        return items;
    }
}
