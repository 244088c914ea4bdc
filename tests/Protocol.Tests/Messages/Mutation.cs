namespace Hedgerow.Protocol.Tests;

/// <summary>Small damage to bytes that were right, which reaches deeper into a parser than noise does.</summary>
internal static class Mutation
{
    private static readonly byte[] Telling =
        [0x00, 0x01, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xC0, 0xC1, 0xC6, 0xD9, 0xDB, 0xDD, 0xDF, 0xFE, 0xFF];

    public static byte[] Of(byte[] original, Random random)
    {
        var bytes = new List<byte>(original);
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(6))
            {
                case 0 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.Insert(at, Telling[random.Next(Telling.Length)]);
                    break;
                case 3 when at < bytes.Count:
                    bytes.RemoveAt(at);
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    var from = random.Next(original.Length);
                    bytes.InsertRange(at, original.AsSpan(from, random.Next(original.Length - from)).ToArray());
                    break;
            }
        }

        return [.. bytes];
    }
}
