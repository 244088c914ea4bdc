using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hedgerow.Server.Tests.Resp;

/// <summary>An answer that is an error.</summary>
internal sealed record RespFault(string Text);

/// <summary>An answer of a kind that RESP2 has not.</summary>
internal sealed record RespMarked(char Kind, object?[] Items);

/// <summary>
/// A client that knows nothing but the wire: commands as arrays of bulk strings, answers as strings (Latin-1), numbers,
/// null, arrays and <see cref="RespFault"/>. Blocking.
/// </summary>
internal sealed class RespTestClient : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly BufferedStream _stream;

    /// <summary>Whether maps and sets are told from arrays.</summary>
    public bool MarksKinds { get; set; }

    public RespTestClient(IPEndPoint endPoint)
    {
        _socket.ReceiveTimeout = _socket.SendTimeout = 20_000;
        _socket.Connect(endPoint);
        _stream = new BufferedStream(new NetworkStream(_socket), 64 * 1024);
    }

    /// <summary>Sends one command and waits for its answer.</summary>
    public object? Ask(params string[] words)
    {
        Send(words);
        return Receive();
    }

    /// <summary>As <see cref="Ask"/>, with the words in one string and the answer as text.</summary>
    public string Do(string line) => Show(Ask(line.Split(' ')));

    public void Send(params string[] words)
    {
        var bytes = new MemoryStream();
        Write(bytes, $"*{words.Length}\r\n");
        foreach (var word in words)
        {
            Write(bytes, $"${word.Length}\r\n");
            Write(bytes, word);
            Write(bytes, "\r\n");
        }

        _socket.Send(bytes.ToArray());
    }

    public object? Receive()
    {
        var line = ReadLine();
        var rest = line[1..];
        return line[0] switch
        {
            '+' => rest,
            '-' => new RespFault(rest),
            ':' => long.Parse(rest, CultureInfo.InvariantCulture),
            '_' => null,
            '$' => rest == "-1" ? null : ReadBulk(int.Parse(rest, CultureInfo.InvariantCulture)),
            '~' when MarksKinds => new RespMarked('~', ReadMany(int.Parse(rest, CultureInfo.InvariantCulture))),
            '%' when MarksKinds => new RespMarked('%', ReadMany(2 * int.Parse(rest, CultureInfo.InvariantCulture))),
            ',' => new RespMarked(',', [rest]),
            '=' => new RespMarked('=', [ReadBulk(int.Parse(rest, CultureInfo.InvariantCulture))]),
            '*' or '>' or '~' => rest == "-1" ? null : ReadMany(int.Parse(rest, CultureInfo.InvariantCulture)),
            '%' => ReadMany(2 * int.Parse(rest, CultureInfo.InvariantCulture)),
            _ => throw new InvalidDataException($"'{line}' begins no answer."),
        };
    }

    /// <summary>An answer as text, to compare: strings in quotes, errors behind a bang.</summary>
    public static string Show(object? answer) => answer switch
    {
        null => "nil",
        long number => number.ToString(CultureInfo.InvariantCulture),
        string text => $"\"{text}\"",
        RespFault fault => "!" + fault.Text,
        RespMarked { Kind: '%', Items: var pairs } => "{"
            + string.Join(", ", pairs.Chunk(2).Select(pair => $"{Show(pair[0])}: {Show(pair[1])}")) + "}",
        RespMarked { Kind: ',', Items: var number } => "," + number[0],
        RespMarked marked => marked.Kind + (marked.Kind == '=' ? Show(marked.Items[0]) : Show(marked.Items)),
        object?[] many => "[" + string.Join(", ", many.Select(Show)) + "]",
        _ => throw new InvalidDataException(),
    };

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    private static void Write(MemoryStream stream, string text) => stream.Write(Encoding.Latin1.GetBytes(text));

    private object?[] ReadMany(int count)
    {
        var items = new object?[count];
        for (var i = 0; i < count; i++) items[i] = Receive();
        return items;
    }

    private string ReadBulk(int length)
    {
        var bytes = new byte[length + 2];
        _stream.ReadExactly(bytes);
        return Encoding.Latin1.GetString(bytes, 0, length);
    }

    private string ReadLine()
    {
        var line = new StringBuilder();
        while (true)
        {
            var symbol = _stream.ReadByte();
            if (symbol < 0) throw new EndOfStreamException("The server closed the connection.");
            if (symbol == '\n') return line.ToString(0, line.Length - 1);
            line.Append((char)symbol);
        }
    }
}
