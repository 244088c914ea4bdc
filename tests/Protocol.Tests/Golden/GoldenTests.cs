namespace Hedgerow.Protocol.Tests;

/// <summary>The bytes of version 1 never change, and are still read.</summary>
public class GoldenTests
{
    public static TheoryData<string> MessageNames => [.. Samples.All.Select(sample => sample.Name)];

    public static TheoryData<string> FrameNames => [.. SampleFrames.All.Keys];

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void A_message_is_written_as_its_golden_file_says_and_read_back_from_it(string name)
    {
        var sample = Samples.Named(name);
        var golden = GoldenFile.Read(name, sample.Bytes);

        var (dump, error) = sample.Read(golden);

        Assert.Equal(Convert.ToHexStringLower(golden), Convert.ToHexStringLower(sample.Bytes));
        Assert.Null(error);
        Assert.Equal(sample.Expected, dump);
    }

    [Theory]
    [MemberData(nameof(FrameNames))]
    public void A_frame_is_written_as_its_golden_file_says(string name)
    {
        var frame = SampleFrames.All[name];

        Assert.Equal(
            Convert.ToHexStringLower(GoldenFile.Read("frame-" + name, frame)), Convert.ToHexStringLower(frame));
    }

    [Fact]
    public void Every_golden_file_belongs_to_a_message()
    {
        var files = Directory.GetFiles(Path.Combine(Checkout.Root, "tests", "Protocol.Tests", "Golden", "v1"))
            .Select(Path.GetFileNameWithoutExtension).Order();

        var names = Samples.All.Select(sample => sample.Name)
            .Concat(SampleFrames.All.Keys.Select(name => "frame-" + name)).Order();

        Assert.Equal(names, files);
    }

    [Fact]
    public void Headers_are_read_as_they_were_written()
    {
        var request = RequestHeader.Read(SampleFrames.All["set-request"]);
        Assert.Equal(SampleFrames.SetHeader with { BodyLength = request.BodyLength }, request);
        Assert.Equal(SampleFrames.All["set-request"].Length - RequestHeader.Size, request.BodyLength);

        Assert.Equal(0xBEEF, RequestHeader.Read(SampleFrames.All["session-request"]).Session);
        Assert.Equal(0, RequestHeader.SessionOf(""));
        Assert.NotEqual(RequestHeader.SessionOf("one"), RequestHeader.SessionOf("two"));

        var reply = ReplyHeader.Read(SampleFrames.All["get-reply"]);
        Assert.Equal(
            SampleFrames.GetReplyHeader with { Flags = FrameFlags.Reply, BodyLength = reply.BodyLength }, reply);
    }
}
