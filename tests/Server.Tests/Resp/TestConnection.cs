using System.Text;
using Hedgerow.Server.FrontEnds.Resp;
using Hedgerow.Server.Tests.Sockets;

namespace Hedgerow.Server.Tests.Resp;

/// <summary>A RESP session without a socket: bytes are fed as its loop would, and what it wrote is taken.</summary>
internal sealed class TestConnection
{
    private static long _lastId;
    private byte[] _held = [];

    public TestConnection(RespServer server, int softLimit = 256 * 1024)
    {
        Context = new DetachedContext(softLimit, Interlocked.Increment(ref _lastId));
        Session = (RespSession)server.Create(Context);
    }

    public DetachedContext Context { get; }

    public RespSession Session { get; }

    /// <summary>Bytes that came and were not consumed.</summary>
    public int Held => _held.Length;

    /// <summary>An inline command, or several with line ends between.</summary>
    public string Say(string lines) => Feed(Encoding.Latin1.GetBytes(lines + "\r\n"));

    /// <summary>A command as an array of bulk strings.</summary>
    public string Ask(params string[] words) => Feed(Encode(words));

    /// <summary>Bytes come; returns what was answered by now.</summary>
    public string Feed(ReadOnlySpan<byte> bytes)
    {
        _held = [.. _held, .. bytes];
        Turn();
        return Taken();
    }

    /// <summary>The loop looks at the session: wakes it if it asked for that, and feeds what is held.</summary>
    public string Pump()
    {
        Session.OnWake();
        Turn();
        return Taken();
    }

    /// <summary>What was answered by now, as a peer takes it who is never slow.</summary>
    public string Taken()
    {
        var taken = Encoding.Latin1.GetString(Context.TakeOutput());
        while (Session.HasMoreOutput)
        {
            Session.WriteMore();
            taken += Encoding.Latin1.GetString(Context.TakeOutput());
        }

        return taken;
    }

    public static byte[] Encode(params string[] words)
    {
        var text = new StringBuilder($"*{words.Length}\r\n");
        foreach (var word in words) text.Append($"${word.Length}\r\n{word}\r\n");
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    private void Turn()
    {
        while (_held.Length > 0 && _held.Length >= Session.BytesWanted && !Session.IsWaiting
               && !Context.IsClosingAfterFlush)
        {
            var used = Session.Consume(_held);
            Assert.InRange(used, 0, _held.Length);
            _held = _held[used..];
            if (used == 0) break;
        }
    }
}
