using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Reads the fields of one record, in the order they are written.</summary>
internal delegate T ReadFields<T>(ref BodyReader reader);

/// <summary>
/// MessagePack bodies with every bound checked before anything is allocated, and errors that name the field.
/// </summary>
/// <remarks>
/// A record is an array of its fields. Fields are only ever added at the end: a reader skips the ones it does not know
/// and takes the default for those that are missing, so that two versions understand each other. Malformed bodies are
/// rare and end the read from any depth, so inside they are an exception; it never leaves <see cref="TryRead{T}"/>.
/// </remarks>
internal ref struct BodyReader
{
    private MessagePackReader _reader;
    private readonly long _length;
    private string _field;

    private BodyReader(ReadOnlyMemory<byte> body)
    {
        _reader = new MessagePackReader(body);
        _length = body.Length;
        _field = "body";
    }

    /// <summary>Nodes of the query tree read so far; its codec bounds them.</summary>
    public int QueryNodes { get; set; }

    /// <summary>Whether the hits read are those of a group within another hit.</summary>
    public bool IsInGroup { get; set; }

    private readonly long Remaining => _length - _reader.Consumed;

    /// <summary>Reads one whole body. Never throws; bytes behind the record are an error.</summary>
    public static bool TryRead<T>(
        ReadOnlyMemory<byte> body, ReadFields<T> read, [NotNullWhen(true)] out T? message, out string? error)
        where T : class
    {
        var reader = new BodyReader(body);
        message = null;
        try
        {
            var result = read(ref reader);
            QueryNodeCodec.Check(reader);
            error = reader.Remaining == 0 ? null : $"{reader.Remaining} bytes follow the message; none are allowed.";
            if (error is not null) return false;
            message = result;
            return true;
        }
        catch (MalformedBodyException malformed)
        {
            error = malformed.Message;
        }
        catch (EndOfStreamException)
        {
            error = $"{reader._field}: the body of {body.Length} bytes is cut off.";
        }
        catch (Exception exception)
            when (exception is MessagePackSerializationException or OverflowException or ArgumentOutOfRangeException)
        {
            // The last one is the library's answer to a length of 2 GiB and more, which it reads as a negative one.
            error = $"{reader._field}: not a valid MessagePack value of its type.";
        }

        return false;
    }

    /// <summary>Ends the read with an error about <paramref name="field"/>.</summary>
    [DoesNotReturn]
    public static void Fail(string field, string message) => throw new MalformedBodyException($"{field}: {message}");

    /// <summary>Opens a record. Returns how many fields it has.</summary>
    public int BeginRecord(string record, int fieldsMin)
    {
        var fields = ArrayHeader(record);
        if (fields < fieldsMin) Fail(record, $"{fields} fields; at least {fieldsMin} are needed.");
        return fields;
    }

    /// <summary>Skips the fields behind the <paramref name="known"/> first ones.</summary>
    public void EndRecord(int fields, int known)
    {
        for (var i = known; i < fields; i++) SkipValue();
    }

    /// <summary>Opens a list of at most <paramref name="most"/> elements.</summary>
    public int Count(string list, int most)
    {
        var count = ArrayHeader(list);
        if (count > most) Fail(list, $"{count} elements; at most {most} are allowed.");
        return count;
    }

    /// <summary>Opens a map of at most <paramref name="most"/> pairs.</summary>
    public int MapCount(string map, int most)
    {
        Expect(map, MessagePackType.Map);
        var count = _reader.ReadMapHeader();
        if (count > most) Fail(map, $"{count} pairs; at most {most} are allowed.");
        return count;
    }

    public long Int64(string field, long least = 0, long most = long.MaxValue)
    {
        Expect(field, MessagePackType.Integer);
        var value = _reader.ReadInt64();
        if (value < least || value > most) Fail(field, $"{value} is out of range; {least} to {most} are allowed.");
        return value;
    }

    public int Int32(string field, int least = 0, int most = int.MaxValue) => (int)Int64(field, least, most);

    public uint UInt32(string field, uint most = uint.MaxValue) => (uint)Int64(field, 0, most);

    public ulong UInt64(string field)
    {
        Expect(field, MessagePackType.Integer);
        return _reader.ReadUInt64();
    }

    public bool Boolean(string field)
    {
        Expect(field, MessagePackType.Boolean);
        return _reader.ReadBoolean();
    }

    /// <summary>A finite number.</summary>
    public double Double(string field)
    {
        if (Next(field) != MessagePackType.Integer) Expect(field, MessagePackType.Float);
        var value = _reader.ReadDouble();
        if (!double.IsFinite(value)) Fail(field, $"{value} is not a finite number.");
        return value;
    }

    /// <summary>Valid UTF-8 of at most <paramref name="bytesMax"/> bytes.</summary>
    public string Text(string field, int bytesMax)
    {
        Expect(field, MessagePackType.String);
        var bytes = _reader.ReadStringSequence() ?? ReadOnlySequence<byte>.Empty;
        if (bytes.Length > bytesMax) Fail(field, $"{bytes.Length} bytes; at most {bytesMax} are allowed.");
        var span = bytes.FirstSpan;
        if (!Utf8.IsValid(span)) Fail(field, "not valid UTF-8.");
        return Encoding.UTF8.GetString(span);
    }

    /// <summary>As <see cref="Text"/>, or null for nil.</summary>
    public string? TextOrNull(string field, int bytesMax)
    {
        if (Next(field) != MessagePackType.Nil) return Text(field, bytesMax);
        _reader.ReadNil();
        return null;
    }

    /// <summary>Whether the next value is nil, which is then consumed.</summary>
    public bool TryNil(string field) => Next(field) == MessagePackType.Nil && _reader.TryReadNil();

    /// <summary>What kind of value is next.</summary>
    public MessagePackType NextIs(string field) => Next(field);

    /// <summary>Bytes, as a view into the body.</summary>
    public ReadOnlyMemory<byte> Bytes(string field)
    {
        Expect(field, MessagePackType.Binary);
        return (_reader.ReadBytes() ?? ReadOnlySequence<byte>.Empty).First;
    }

    /// <summary>A list of texts.</summary>
    public string[] Texts(string field, int countMax, int bytesMax)
    {
        var count = Count(field, countMax);
        if (count == 0) return [];
        var texts = new string[count];
        for (var i = 0; i < count; i++) texts[i] = Text(field, bytesMax);
        return texts;
    }

    /// <summary>A list of records.</summary>
    public T[] List<T>(string field, int countMax, ReadFields<T> read)
    {
        var count = Count(field, countMax);
        if (count == 0) return [];
        var items = new T[count];
        for (var i = 0; i < count; i++) items[i] = read(ref this);
        return items;
    }

    private int ArrayHeader(string field)
    {
        Expect(field, MessagePackType.Array);

        // The library refuses a count above the bytes that remain, each element being one byte at least.
        return _reader.ReadArrayHeader();
    }

    /// <summary>
    /// Skips any value. A loop, not a recursion: the library's own skip follows nested arrays by recursion, and a body
    /// of a million opening bytes would end the process.
    /// </summary>
    private void SkipValue()
    {
        for (var pending = 1L; pending > 0; pending--)
        {
            switch (Next("an unknown field"))
            {
                case MessagePackType.Array:
                    pending += _reader.ReadArrayHeader();
                    break;
                case MessagePackType.Map:
                    pending += 2L * _reader.ReadMapHeader();
                    break;
                case MessagePackType.Unknown:
                    Fail("an unknown field", "not a MessagePack value.");
                    break;
                default:
                    _reader.Skip();
                    break;
            }
        }
    }

    private MessagePackType Next(string field)
    {
        _field = field;
        if (_reader.End) Fail(field, $"the body of {_length} bytes is cut off.");
        return _reader.NextMessagePackType;
    }

    private void Expect(string field, MessagePackType type)
    {
        var found = Next(field);
        if (found != type) Fail(field, $"{Name(found)} found where {Name(type)} is due.");
    }

    private static string Name(MessagePackType type) => type switch
    {
        MessagePackType.Integer => "an integer",
        MessagePackType.Nil => "nil",
        MessagePackType.Boolean => "a boolean",
        MessagePackType.Float => "a floating-point number",
        MessagePackType.String => "a string",
        MessagePackType.Binary => "binary",
        MessagePackType.Array => "an array",
        MessagePackType.Map => "a map",
        MessagePackType.Extension => "an extension",
        _ => "an invalid byte",
    };

    private sealed class MalformedBodyException(string message) : Exception(message);
}
