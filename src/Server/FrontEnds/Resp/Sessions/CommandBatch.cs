namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>A command that was found and not executed yet.</summary>
internal struct ParsedCommand
{
    /// <summary>Where it begins and ends in the input.</summary>
    public int Start;

    /// <inheritdoc cref="Start"/>
    public int End;

    /// <summary>Its arguments among the parser's spans.</summary>
    public int First;

    /// <inheritdoc cref="First"/>
    public int Count;

    /// <summary>Whether its spans point into the parser's words instead of the input.</summary>
    public bool IsInline;

    /// <summary>Its row; null when its name is none.</summary>
    public RespCommand? Command;

    /// <summary>Whether it has a key where its row says that the first one is.</summary>
    public bool HasKey;
}

/// <summary>
/// Whole commands at the front of the input, found together so that the store can fetch their places before the first
/// is executed. One of a session's loop thread serves all its sessions: nothing stays in it between calls.
/// </summary>
internal sealed class CommandBatch
{
    /// <summary>Commands looked ahead: enough to cover a fetch from memory, few enough to stay in the cache.</summary>
    public const int Size = 16;

    [ThreadStatic]
    private static CommandBatch? _ofThread;

    private readonly ParsedCommand[] _commands = new ParsedCommand[Size];

    /// <summary>The calling thread's.</summary>
    public static CommandBatch OfThread => _ofThread ??= new CommandBatch();

    /// <summary>Commands in it.</summary>
    public int Count { get; private set; }

    /// <summary>How the search ended: what stands behind the last command.</summary>
    public ParseResult Ending { get; private set; }

    /// <summary>Bytes up to the end of what was found, empty lines included.</summary>
    public int Used { get; private set; }

    /// <summary>One of them.</summary>
    public ref ParsedCommand this[int index] => ref _commands[index];

    /// <summary>Finds commands from <paramref name="start"/> on.</summary>
    /// <param name="parser">The session's.</param>
    /// <param name="input">All of it.</param>
    /// <param name="start">The first byte that is not done with.</param>
    /// <param name="max">Commands to find at most.</param>
    public void Fill(RespParser parser, ReadOnlySpan<byte> input, int start, int max)
    {
        parser.Reset();
        Count = 0;
        var at = start;
        while (true)
        {
            Ending = parser.Read(input[at..], out var used);
            if (Ending == ParseResult.Command)
            {
                ref var command = ref _commands[Count++];
                command.Start = at;
                command.End = at += used;
                command.First = parser.First;
                command.Count = parser.Count;
                command.IsInline = parser.IsInline;
                if (Count >= max || command.IsInline) break;
                continue;
            }

            at += used;
            if (Ending != ParseResult.Nothing) break;
        }

        Used = at;
    }
}
