using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Http;

namespace Hedgerow.Server.Tests.Http;

public sealed class ErrorTableTests
{
    public static TheoryData<StatusCode> Statuses() => [.. Enum.GetValues<StatusCode>()];

    [Theory]
    [MemberData(nameof(Statuses))]
    public void Every_status_has_an_HTTP_status_a_code_and_what_to_do(StatusCode status)
    {
        var (http, code, hint) = ErrorTable.Of(status);
        Assert.Matches("^[a-z_]+$", code);
        Assert.DoesNotContain("does not know", hint, StringComparison.Ordinal);
        if (status == StatusCode.Ok) Assert.Equal(200, http);
        else Assert.InRange(http, 400, 599);
        Assert.Equal(status == StatusCode.Ok, hint.Length == 0);
    }

    [Fact]
    public void Codes_are_unique() =>
        Assert.Distinct(Enum.GetValues<StatusCode>().Select(status => ErrorTable.Of(status).Code));

    [Fact]
    public void What_may_be_sent_again_is_no_fault_of_the_client()
    {
        foreach (var status in Enum.GetValues<StatusCode>().Where(ErrorTable.IsRetryable))
            Assert.InRange(ErrorTable.Of(status).HttpStatus, 500, 599);
    }
}
