using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hedgerow.Server.Tests.Resp.Commands;

/// <summary>
/// A connection that gives answers as their very bytes (as Latin-1), however many a command has: what comes before the
/// answer to a fence that is sent behind it. Blocking.
/// </summary>
internal sealed class RawAnswers : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly BufferedStream _stream;
    private int _fences;

    public RawAnswers(IPEndPoint endPoint)
    {
        _socket.ReceiveTimeout = _socket.SendTimeout = 120_000;
        _socket.Connect(endPoint);
        _stream = new BufferedStream(new NetworkStream(_socket), 64 * 1024);
    }

    /// <summary>The answers to a command, each whole.</summary>
    public List<string> Ask(params string[] words)
    {
        var fence = $"fence-{_fences++}";
        _socket.Send(Encoding.Latin1.GetBytes(Written(words) + Written("ping", fence)));
        var answers = new List<string>();
        while (true)
        {
            var answer = new StringBuilder();
            Read(answer);
            var text = answer.ToString();
            if (text.Contains(fence, StringComparison.Ordinal)) return answers;
            answers.Add(text);
        }
    }

    /// <summary>What comes until the other side has no more, for bytes that may end the connection.</summary>
    public string AskToTheEnd(string bytes)
    {
        _socket.Send(Encoding.Latin1.GetBytes(bytes));
        _socket.Shutdown(SocketShutdown.Send);
        var all = new MemoryStream();
        try
        {
            _stream.CopyTo(all);
        }
        catch (IOException)
        {
            // Bytes that were not read when the connection was closed reset it: what came before is the answer.
        }

        return Encoding.Latin1.GetString(all.ToArray());
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    private static string Written(params string[] words) =>
        $"*{words.Length}\r\n" + string.Concat(words.Select(word => $"${word.Length}\r\n{word}\r\n"));

    private void Read(StringBuilder answer)
    {
        var line = new StringBuilder();
        while (line.Length < 2 || line[^1] != '\n')
        {
            var symbol = _stream.ReadByte();
            if (symbol < 0) throw new EndOfStreamException($"The connection was closed after '{answer}{line}'.");
            line.Append((char)symbol);
        }

        answer.Append(line);
        if (line[0] is not ('$' or '=' or '*' or '~' or '%' or '>')) return;
        var count = int.Parse(line.ToString(1, line.Length - 3), CultureInfo.InvariantCulture);
        if (count < 0) return;
        if (line[0] is '$' or '=')
        {
            var bytes = new byte[count + 2];
            _stream.ReadExactly(bytes);
            answer.Append(Encoding.Latin1.GetString(bytes));
            return;
        }

        for (var i = line[0] == '%' ? 2 * count : count; i > 0; i--) Read(answer);
    }
}
