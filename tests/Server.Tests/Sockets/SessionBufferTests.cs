using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.Tests.Sockets;

public class SessionBufferTests
{
    [Fact]
    public void Output_keeps_what_was_written_while_parts_are_sent_put_right_and_taken_back()
    {
        var random = new Random(5);
        var output = new SessionOutput(new SessionBuffers(), softLimit: 50_000);
        var model = new List<byte>();
        for (var step = 0; step < 5_000; step++)
        {
            switch (random.Next(5))
            {
                case 0:
                    var sent = random.Next(model.Count + 1);
                    output.Sent(sent);
                    model.RemoveRange(0, sent);
                    break;
                case 1 when model.Count > 0:
                    var position = random.Next(model.Count);
                    output.WrittenFrom(position)[0] = model[position] = (byte)random.Next(256);
                    break;
                case 2:
                    position = model.Count - random.Next(Math.Min(model.Count, 20) + 1);
                    output.Rewind(position);
                    model.RemoveRange(position, model.Count - position);
                    break;
                default:
                    var bytes = new byte[random.Next(random.Next(20) == 0 ? 40_000 : 300)];
                    random.NextBytes(bytes);
                    output.Write(bytes);
                    model.AddRange(bytes);
                    break;
            }

            Assert.Equal(model.Count, output.Length);
            Assert.Equal(model.Count >= 50_000, output.IsFull);
            Assert.True(output.Unsent.SequenceEqual(model.ToArray()));
        }
    }

    [Fact]
    public void Output_never_gives_less_room_than_was_asked_for_nor_an_empty_span()
    {
        var output = new SessionOutput(new SessionBuffers(), softLimit: 1);
        foreach (var hint in (int[])[0, 1, 255, 256, 16_383, 16_384, 16_385, 70_000, 0])
        {
            Assert.InRange(output.GetSpan(hint).Length, Math.Max(1, hint), int.MaxValue);
            output.Advance(hint);
        }
    }

    [Fact]
    public void Held_input_gives_back_what_it_was_given_while_parts_are_consumed()
    {
        var random = new Random(6);
        var held = new HeldInput(new SessionBuffers());
        var model = new List<byte>();
        for (var step = 0; step < 5_000; step++)
        {
            var bytes = new byte[random.Next(random.Next(20) == 0 ? 40_000 : 300)];
            random.NextBytes(bytes);
            if (random.Next(2) == 0)
            {
                held.Append(bytes, random.Next(100_000));
            }
            else
            {
                var room = held.Room(random.Next(100_000));
                var count = Math.Min(room.Length, bytes.Length);
                bytes.AsSpan(0, count).CopyTo(room);
                held.Added(count);
                bytes = bytes[..count];
            }

            model.AddRange(bytes);
            var consumed = random.Next(model.Count + 1);
            held.Consumed(consumed);
            model.RemoveRange(0, consumed);
            Assert.True(held.Bytes.SequenceEqual(model.ToArray()));
            Assert.Equal(model.Count == 0, held.Capacity == 0);
        }
    }

    [Fact]
    public void Held_input_grows_with_what_came_and_not_with_what_was_announced()
    {
        var held = new HeldInput(new SessionBuffers());
        held.Append(new byte[20], wanted: 500_000_000);
        for (var came = 20; came < 1_000_000;)
        {
            var room = held.Room(500_000_000);
            Assert.InRange(held.Capacity, 1, Math.Max(128 * 1024, 4 * came));
            came += room.Length;
            held.Added(room.Length);
        }
    }
}
