using CsCheck;

namespace Hedgerow.Protocol.Tests;

/// <summary>Ids of points in time: what is written is read, and nothing else.</summary>
public sealed class PointInTimeIdTests
{
    private static readonly Gen<HeldShard[]> Rows = Gen.Select(
        Gen.UShort, Gen.String[Gen.Char.AlphaNumeric, 0, 20], Gen.ULong, (shard, leaf, number) =>
            new HeldShard(shard, leaf, number)).Array[0, 40];

    [Fact]
    public void What_was_written_is_read() => Rows.Sample(rows =>
    {
        Assert.True(PointInTimeId.TryRead(PointInTimeId.Write(rows), out var read));
        Assert.Equal(rows, read);
    });

    [Fact]
    public void A_changed_or_cut_off_id_is_none() => Gen.Select(Rows, Gen.Int[0, int.MaxValue]).Sample(
        (rows, seed) =>
        {
            var random = new Random(seed);
            var id = PointInTimeId.Write(rows).ToCharArray();
            Assert.False(PointInTimeId.TryRead(new string(id, 0, random.Next(id.Length)), out _));
            var at = random.Next(id.Length - 2);
            id[at] = id[at] == 'A' ? 'B' : 'A';
            Assert.False(PointInTimeId.TryRead(new string(id), out _));
        });

    [Fact]
    public void Anything_else_is_none()
    {
        Assert.False(PointInTimeId.TryRead("", out _));
        Assert.False(PointInTimeId.TryRead("no id", out _));
        Assert.False(PointInTimeId.TryRead(new string('A', PointInTimeId.CharsMax + 4), out _));
        Gen.String.Sample(text => Assert.False(PointInTimeId.TryRead(text, out _)));
    }
}
