using System.Buffers;
using System.Text;

namespace Hedgerow.Protocol.Tests;

/// <summary>The hand-packed messages: cache commands, entries, get-many.</summary>
internal static class CommandSamples
{
    public static ReadOnlySpan<byte> Path => "/user/{42}/name"u8;

    public static IReadOnlyList<Sample> All { get; } = [.. Commands(), Entry(), GetManyRequest(), GetManyReply()];

    public static string Describe(in CacheCommand command) =>
        $"{command.Opcode} {Encoding.UTF8.GetString(command.Path)} '{Encoding.UTF8.GetString(command.Value)}' "
        + $"flags {command.EntryFlags} expires {command.ExpiresAtMs} version {command.Version} "
        + $"kind {command.Kind} absent {command.OnlyIfAbsent} compare {command.CompareVersion} "
        + $"delta {command.Delta} initial {command.Initial} {command.HasInitial}";

    private static IEnumerable<Sample> Commands()
    {
        foreach (var opcode in Enum.GetValues<Opcode>())
        {
            if (CacheCommand.Carries(opcode)) yield return Command(opcode);
        }
    }

    private static Sample Command(Opcode opcode)
    {
        var command = Filled(opcode);
        var bytes = new byte[command.Length];
        command.WriteTo(bytes);
        return new Sample(
            "command-" + opcode.ToString().ToLowerInvariant(),
            bytes,
            body => CacheCommand.TryRead(opcode, body.Span, out var got, out var error) == StatusCode.Ok
                ? (Describe(got), null)
                : (null, error),
            Describe(command),
            IsMessagePack: false,
            EndsInValue: command.Value.Length > 0);
    }

    private static CacheCommand Filled(Opcode opcode) => opcode switch
    {
        Opcode.Get or Opcode.Head => new CacheCommand { Opcode = opcode, Path = Path, Version = 5 },
        Opcode.Delete => new CacheCommand { Opcode = opcode, Path = Path, Version = 6, CompareVersion = 5 },
        Opcode.Touch => new CacheCommand
        {
            Opcode = opcode, Path = Path, ExpiresAtMs = 1_800_000_000_000, Version = 6, CompareVersion = 5,
        },
        Opcode.FieldGet => new CacheCommand { Opcode = opcode, Path = Path, Version = 5, Value = List("age", "name") },
        Opcode.FieldSet => new CacheCommand
        {
            Opcode = opcode, Path = Path, Version = 6, OnlyIfAbsent = true, Value = List("name", "Ada", "age", ""),
        },
        Opcode.FieldDelete => new CacheCommand
        {
            Opcode = opcode, Path = Path, Version = 6, CompareVersion = 5, Value = List("name", "age"),
        },
        Opcode.FieldIncrement => new CacheCommand
        {
            Opcode = opcode, Path = Path, Version = 6, Delta = -3, Value = List("age"),
        },
        Opcode.Append or Opcode.Prepend => new CacheCommand
        {
            Opcode = opcode,
            Path = Path,
            Value = "Ada"u8,
            EntryFlags = 0xDEADBEEF,
            ExpiresAtMs = 1_800_000_000_000,
            Version = 1_722_000_000_000UL << 16,
            CompareVersion = 5,
        },
        Opcode.Increment => new CacheCommand
        {
            Opcode = opcode, Path = Path, ExpiresAtMs = 0, Version = 6, Delta = -3, Initial = 10, HasInitial = true,
        },
        _ => new CacheCommand
        {
            Opcode = opcode,
            Path = Path,
            Value = "Ada"u8,
            EntryFlags = 0xDEADBEEF,
            ExpiresAtMs = 1_800_000_000_000,
            Version = 1_722_000_000_000UL << 16,
            CompareVersion = 5,
            Kind = opcode == Opcode.Set ? EntryKind.Value : EntryKind.Fields,
        },
    };

    private static byte[] List(params string[] items)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var item in items) FieldList.Write(output, Encoding.UTF8.GetBytes(item));
        return output.WrittenSpan.ToArray();
    }

    private static Sample Entry()
    {
        var bytes = new byte[EntryBody.PrefixLength + 3];
        EntryBody.WritePrefix(bytes, 7, 1_800_000_000_000);
        "Ada"u8.CopyTo(bytes.AsSpan(EntryBody.PrefixLength));
        return new Sample(
            "entry",
            bytes,
            body => EntryBody.TryRead(body.Span, out var entry)
                ? ($"{entry.EntryFlags} {entry.ExpiresAtMs} {Encoding.UTF8.GetString(entry.Value)}", null)
                : (null, "shorter than its prefix"),
            "7 1800000000000 Ada",
            IsMessagePack: false,
            EndsInValue: true);
    }

    private static Sample GetManyRequest()
    {
        var output = new ArrayBufferWriter<byte>();
        GetManyCodec.WriteCount(output, 2);
        GetManyCodec.WritePath(output, PathHash.OfPath("/a"u8), "/a"u8);
        GetManyCodec.WritePath(output, PathHash.OfPath(Path), Path);
        return new Sample(
            "getmany-request",
            output.WrittenSpan.ToArray(),
            ReadGetManyRequest,
            $"/a {PathHash.OfPath("/a"u8):x16};/user/{{42}}/name {PathHash.OfPath(Path):x16};",
            IsMessagePack: false);
    }

    private static (string? Dump, string? Error) ReadGetManyRequest(ReadOnlyMemory<byte> body)
    {
        if (GetManyCodec.TryReadRequest(body.Span, out var request, out var error) != StatusCode.Ok)
            return (null, error);
        var dump = new StringBuilder();
        while (request.MoveNext()) dump.Append($"{Encoding.UTF8.GetString(request.Path)} {request.PathHash:x16};");
        return (dump.ToString(), null);
    }

    private static Sample GetManyReply()
    {
        var output = new ArrayBufferWriter<byte>();
        GetManyCodec.WriteCount(output, 3);
        GetManyCodec.WriteEntry(output, version: 8, entryFlags: 7, expiresAtMs: 0, "Ada"u8);
        GetManyCodec.WriteMissing(output, StatusCode.NotFound, version: 0);
        GetManyCodec.WriteRow(output, StatusCode.Ok, 9, new byte[EntryBody.PrefixLength]);
        return new Sample(
            "getmany-reply",
            output.WrittenSpan.ToArray(),
            ReadGetManyReply,
            "Ok 8 7 0 Ada;NotFound 0;Ok 9 0 0 ;",
            IsMessagePack: false);
    }

    private static (string? Dump, string? Error) ReadGetManyReply(ReadOnlyMemory<byte> body)
    {
        if (GetManyCodec.TryReadReply(body.Span, out var reply, out var error) != StatusCode.Ok) return (null, error);
        var dump = new StringBuilder();
        while (reply.MoveNext())
        {
            dump.Append($"{reply.Status} {reply.Version}");
            if (reply.TryReadEntry(out var entry))
                dump.Append($" {entry.EntryFlags} {entry.ExpiresAtMs} {Encoding.UTF8.GetString(entry.Value)}");
            dump.Append(';');
        }

        return (dump.ToString(), null);
    }
}
