using System.Buffers;
using CsCheck;

namespace Hedgerow.Protocol.Tests;

/// <summary>Whatever is written is read back the same.</summary>
public class RoundTripTests
{
    private const int Iterations = 300;

    private static readonly Opcode[] Opcodes = [.. Enum.GetValues<Opcode>().Where(CacheCommand.Carries)];

    private static readonly Gen<string> Text = Gen.String[0, 40].Select(ReplaceSurrogates);

    private static readonly Gen<QueryNode> Leaf = Gen.OneOf(
        Gen.Float[0.1f, 9].Select(boost => (QueryNode)new MatchAllQuery { Boost = boost }),
        Gen.Select(Text, Text.Array[0, 3], Gen.Bool, (t, f, a) => (QueryNode)new QueryStringQuery(t, f, a)),
        Gen.Select(Text, Text, Gen.Bool, (f, t, a) => (QueryNode)new MatchQuery(f, t, a)),
        Gen.Select(Text, Text, (f, v) => (QueryNode)new TermQuery(f, v)),
        Gen.Select(Text, Text, Gen.Int[0, 8_192], (f, t, s) => (QueryNode)new PhraseQuery(f, t, s)),
        Gen.Select(Text, Text, (f, p) => (QueryNode)new PrefixQuery(f, p)),
        Gen.Select(Text, Text.Null(), Text.Null(), Gen.Bool, Gen.Bool,
            (f, from, to, i, j) => (QueryNode)new RangeQuery(f, from, to, i, j)));

    private static readonly Gen<QueryNode> Tree = Gen.Recursive<QueryNode>((depth, node) => depth >= 3
        ? Leaf
        : Gen.Frequency(
            (2, Leaf),
            (1, node.Array[0, 3].Array[4].Select(n => (QueryNode)new BooleanQuery(n[0], n[1], n[2], n[3])))));

    private static readonly Gen<BulkDocument> Document = Gen.Select(
        Text, Gen.ULong, Gen.Byte.Array[0, 300], (path, version, json) => new BulkDocument(path, version, json));

    [Fact]
    public void Searches() => Check(
        Gen.Select(
            Text, Tree, Gen.Int[0, 5_000], Gen.Int[0, 5_000], Gen.Bool, Gen.Bool, Text.Array[0, 4],
            (collection, query, size, from, source, total, fields) => new SearchRequest
            {
                Collection = collection,
                Query = query,
                Size = size,
                From = from,
                WithSource = source,
                ExactTotal = total,
                SourceFields = fields,
                AllowPartial = !source,
            }),
        SearchCodec.Write,
        SearchCodec.TryRead);

    [Fact]
    public void Search_replies() => Check(
        Gen.Select(
            Gen.Long[0, long.MaxValue],
            Gen.Select(Text, Gen.Float[0, 1e9f], Gen.ULong, Gen.Byte.Array[0, 100], Text.Array[0, 3], Hit).Array[0, 20],
            Gen.Int[0, 100],
            (total, hits, shards) => new SearchReply
            {
                Total = total, Hits = hits, Coverage = new Coverage(100, shards, total, total / 2),
            }),
        SearchCodec.Write,
        SearchCodec.TryRead);

    [Fact]
    public void Bulk_requests() => Check(
        Gen.Select(Text, Document.Array[0, 30], (c, d) => new BulkRequest { Collection = c, Documents = d }),
        BulkCodec.Write,
        BulkCodec.TryRead);

    [Fact]
    public void Pages() => Check(
        Gen.Select(Document.Array[0, 30], Gen.Bool, (d, more) => new ScanReply { Documents = d, More = more }),
        ScanCodec.Write,
        ScanCodec.TryRead);

    [Fact]
    public void Cache_commands() => Gen.Select(
        Gen.Int[0, Opcodes.Length - 1].Select(index => Opcodes[index]),
        Gen.Byte.Array[1, 100],
        Gen.Byte.Array[0, 100],
        Gen.ULong.Array[4]).Sample(
        (opcode, path, value, numbers) =>
        {
            var isStore = opcode is Opcode.Set or Opcode.Add or Opcode.Replace or Opcode.Append or Opcode.Prepend
                or Opcode.CompareAndSet;
            var command = new CacheCommand
            {
                Opcode = opcode,
                Path = path,
                Value = isStore ? value : CacheCommand.IsOnFields(opcode) ? List(opcode, value) : [],
                Kind = isStore && opcode is not (Opcode.Append or Opcode.Prepend) ? (EntryKind)(numbers[1] % 2) : 0,
                OnlyIfAbsent = opcode == Opcode.FieldSet && numbers[1] % 2 == 0,
                EntryFlags = isStore ? (uint)numbers[0] : 0,
                ExpiresAtMs = isStore || opcode is Opcode.Touch or Opcode.Increment ? (long)numbers[1] : 0,
                Version = numbers[2],
                CompareVersion = isStore || Compares(opcode) ? numbers[3] : 0,
                Delta = opcode is Opcode.Increment or Opcode.FieldIncrement ? (long)numbers[3] : 0,
                Initial = opcode == Opcode.Increment ? (long)numbers[0] : 0,
                HasInitial = opcode == Opcode.Increment && numbers[0] % 2 == 0,
            };
            var body = new byte[command.Length];
            command.WriteTo(body);

            Assert.Equal(StatusCode.Ok, CacheCommand.TryRead(opcode, body, out var read, out _));
            Assert.Equal(CommandSamples.Describe(command), CommandSamples.Describe(read));
        },
        iter: Iterations);

    private static bool Compares(Opcode opcode) =>
        opcode is Opcode.Delete or Opcode.Touch || (CacheCommand.IsOnFields(opcode) && opcode != Opcode.FieldGet);

    private static byte[] List(Opcode opcode, byte[] bytes)
    {
        var output = new ArrayBufferWriter<byte>();
        FieldList.Write(output, bytes);
        if (opcode != Opcode.FieldIncrement) FieldList.Write(output, bytes.AsSpan(bytes.Length / 2));
        return output.WrittenSpan.ToArray();
    }

    private static SearchHit Hit(string path, float score, ulong version, byte[] source, string[] snippets) => new()
    {
        Path = path,
        Score = score,
        Version = version,
        Source = source,
        Highlights = [.. snippets.Select(snippet => new Highlight("f", snippet))],
    };

    // UTF-8 has no lone surrogates; the writer would replace them.
    private static string ReplaceSurrogates(string text) =>
        string.Concat(text.Select(c => char.IsSurrogate(c) ? 'x' : c));

    private static void Check<T>(Gen<T> messages, Action<IBufferWriter<byte>, T> write, Sample.TryRead<T> read)
        where T : class =>
        messages.Sample(
            message =>
            {
                var output = new ArrayBufferWriter<byte>();
                write(output, message);
                Assert.True(read(output.WrittenMemory, out var got, out var error), error);
                Assert.Equal(Dump.Of(message), Dump.Of(got));
            },
            iter: Iterations);
}
