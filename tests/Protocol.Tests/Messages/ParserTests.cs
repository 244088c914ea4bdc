namespace Hedgerow.Protocol.Tests;

/// <summary>What every parser of a body promises, whatever it is fed.</summary>
public class ParserTests
{
    private const int FuzzRounds = 600;

    public static TheoryData<string> MessagePackNames =>
        [.. Samples.All.Where(sample => sample.IsMessagePack).Select(sample => sample.Name)];

    /// <summary>Messages with every field of their record, so that what is added behind them is unknown.</summary>
    public static TheoryData<string> WholeNames =>
        [.. Samples.All.Where(sample => sample is { IsMessagePack: true, IsShort: false }).Select(s => s.Name)];

    public static TheoryData<string> Names => [.. Samples.All.Select(sample => sample.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_body_cut_off_at_any_position_is_an_error_that_says_so(string name)
    {
        var sample = Samples.Named(name);
        for (var length = 0; length < sample.Bytes.Length; length++)
        {
            var (dump, error) = sample.Read(sample.Bytes.AsMemory(0, length));

            if (sample.EndsInValue && dump is not null) Assert.Null(error);
            else Assert.False(dump is not null || string.IsNullOrEmpty(error), $"{name} cut off at {length}");
        }
    }

    [Theory]
    [MemberData(nameof(MessagePackNames))]
    public void A_byte_behind_a_message_is_an_error(string name)
    {
        var (dump, error) = Samples.Named(name).Read(Samples.Named(name).Bytes.Append((byte)0xC0).ToArray());

        Assert.Null(dump);
        Assert.Contains("1 bytes follow", error);
    }

    [Theory]
    [MemberData(nameof(WholeNames))]
    public void Fields_that_a_later_version_adds_are_passed_over(string name)
    {
        var sample = Samples.Named(name);
        byte[] added = [0x82, 0xA1, (byte)'a', 0x93, 1, 2, 0x91, 0xC0, 0x01, 0xC4, 0x02, 9, 9];
        var later = WithFields(sample, 2, [.. added, 0xCB, .. new byte[8]]);

        var (dump, error) = sample.Read(later);

        Assert.Null(error);
        Assert.Equal(sample.Expected, dump);
    }

    /// <summary>The record with more fields than its header, of one byte or of three, says now.</summary>
    private static byte[] WithFields(Sample sample, int added, byte[] behind)
    {
        var isLong = sample.Bytes[0] == 0xDC;
        var fields = (isLong ? sample.Bytes[2] : sample.Bytes[0] & 0x0F) + added;
        var rest = sample.Bytes.AsSpan(isLong ? 3 : 1);
        return fields < 16 ? [(byte)(0x90 + fields), .. rest, .. behind] : [0xDC, 0, (byte)fields, .. rest, .. behind];
    }

    [Theory]
    [MemberData(nameof(WholeNames))]
    public void Arrays_nested_a_million_deep_in_an_added_field_cost_no_stack(string name)
    {
        var sample = Samples.Named(name);
        var bomb = new byte[1_000_000];
        Array.Fill(bomb, (byte)0x91);

        var (dump, error) = sample.Read(WithFields(sample, 1, bomb));

        Assert.Null(dump);
        Assert.Contains("cut off", error);
    }

    [Theory]
    [MemberData(nameof(MessagePackNames))]
    public void A_claimed_count_of_billions_makes_no_memory(string name)
    {
        // Whatever array, map, string or binary a message begins with, and behind it, claims more than there is.
        var sample = Samples.Named(name);
        foreach (var claim in new byte[] { 0xDD, 0xDF, 0xDB, 0xC6 })
        {
            for (var at = 0; at < sample.Bytes.Length; at++)
            {
                byte[] body = [.. sample.Bytes[..at], claim, 0x7F, 0xFF, 0xFF, 0xFF];
                var before = GC.GetAllocatedBytesForCurrentThread();
                sample.Read(body);
                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

                Assert.InRange(allocated, 0, AllocationBound(body.Length));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Mutated_bodies_are_read_or_refused_and_never_throw(string name)
    {
        var sample = Samples.Named(name);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < FuzzRounds; round++)
        {
            var body = Mutation.Of(sample.Bytes, random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var (dump, error) = sample.Read(body);
                Assert.True(dump is null != error is null, "either a message or an error");
            }
            catch (Exception exception)
            {
                Assert.Fail($"{name}, seed {seed}, round {round}: {exception}\n{Convert.ToHexStringLower(body)}");
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= AllocationBound(body.Length), $"{name}, seed {seed}, round {round}: {allocated}");
        }
    }

    // The dump and the exception inside a refusal take most of it; a claimed gigabyte would not fit by far.
    private static long AllocationBound(int bodyBytes) => (256 * 1024) + (bodyBytes * 512L);
}
