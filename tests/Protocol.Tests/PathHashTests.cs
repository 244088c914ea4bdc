using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Hedgerow.Protocol.Tests;

/// <summary>The hash is the published one, so that a client in any language finds the same shard.</summary>
public class PathHashTests
{
    [Fact]
    public void Hashes_are_those_of_the_reference_for_every_length_of_its_test_buffer()
    {
        var rows = File.ReadLines(Checkout.Shared("data/hash-vectors/xxhash-extended.csv"))
            .Where(line => char.IsDigit(line[0]))
            .Select(line => line.Split(','))
            .Where(columns => columns[1] == "0")
            .ToArray();
        var buffer = OfficialBuffer(rows.Max(row => int.Parse(row[0], CultureInfo.InvariantCulture)));

        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Equal(
            row[3].PadLeft(16, '0'),
            PathHash.OfPath(buffer.AsSpan(0, int.Parse(row[0], CultureInfo.InvariantCulture))).ToString("x16")));
    }

    [Fact]
    public void Hashes_are_those_of_the_official_vectors()
    {
        var path = Checkout.Shared("data/hash-vectors/xxhash-official.json");
        using var vectors = JsonDocument.Parse(File.ReadAllText(path));
        var rows = vectors.RootElement.GetProperty("XXH3_64").EnumerateArray()
            .Where(row => row.GetProperty("seed").GetString() == "0").ToArray();
        var buffer = OfficialBuffer(rows.Max(row => row.GetProperty("len").GetInt32()));

        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Equal(
            row.GetProperty("hash").GetString(),
            PathHash.OfPath(buffer.AsSpan(0, row.GetProperty("len").GetInt32())).ToString("x16")));
    }

    [Fact]
    public void Hashes_of_texts_are_those_of_the_reference()
    {
        var path = Checkout.Shared("data/hash-vectors/xxhash-strings.json");
        using var vectors = JsonDocument.Parse(File.ReadAllText(path));
        Assert.All(vectors.RootElement.EnumerateArray(), row => Assert.Equal(
            row.GetProperty("xxh3_64_seed0").GetString(),
            PathHash.OfPath(Encoding.UTF8.GetBytes(row.GetProperty("utf8").GetString()!)).ToString("x16")));
    }

    [Theory]
    [InlineData("/user/{42}/name", "42")]
    [InlineData("/user/{42}/{43}", "42")]
    [InlineData("/user/{}/name", "/user/{}/name")]
    [InlineData("/user/{42", "/user/{42")]
    [InlineData("/page?q=1", "/page")]
    [InlineData("/page?q={1}", "1")]
    [InlineData("?q=1", "?q=1")]
    [InlineData("/plain", "/plain")]
    public void The_shard_key_is_the_braced_part_or_the_path_without_its_query(string path, string key)
    {
        var bytes = Encoding.UTF8.GetBytes(path);

        Assert.Equal(key, Encoding.UTF8.GetString(PathHash.ShardKey(bytes)));
        Assert.Equal(PathHash.OfPath(Encoding.UTF8.GetBytes(key)), PathHash.OfShardKey(bytes));
    }

    private static byte[] OfficialBuffer(int length)
    {
        var generator = 2_654_435_761UL;
        var buffer = new byte[length];
        for (var i = 0; i < length; i++)
        {
            buffer[i] = (byte)(generator >> 56);
            generator = unchecked(generator * 11_400_714_785_074_694_797UL);
        }

        return buffer;
    }
}
