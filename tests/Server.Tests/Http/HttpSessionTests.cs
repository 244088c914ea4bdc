using System.Net;
using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Http;

/// <summary>Reads of entries over HTTP that keep to a replica, by header or cookie.</summary>
public sealed class HttpSessionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_without_the_cookie_is_given_one_and_keeps_it()
    {
        await using var node = await RunningNode.ServeAsync("--http.sessionCookie=hedge");
        using var first = await SendAsync(node, HttpMethod.Put, "");
        var cookie = Assert.Single(first.Headers.GetValues("Set-Cookie"));
        Assert.Matches("^hedge=[0-9a-f]{24}; path=/; samesite=lax; httponly$", cookie);
        using var second = await SendAsync(node, HttpMethod.Get, cookie.Split(';')[0]);
        Assert.False(second.Headers.Contains("Set-Cookie"));
        Assert.Equal("value", await second.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_header_names_a_session_too_and_nobody_else_has_one()
    {
        await using var node = await RunningNode.ServeAsync();
        using var put = await SendAsync(node, HttpMethod.Put, "");
        Assert.False(put.Headers.Contains("Set-Cookie"));
        using var named = await SendAsync(node, HttpMethod.Get, "", session: "ann");
        Assert.Equal("value", await named.Content.ReadAsStringAsync(Cancel));
        using var long_ = await SendAsync(node, HttpMethod.Get, "", session: new string('x', 257));
        Assert.Equal(HttpStatusCode.BadRequest, long_.StatusCode);
    }

    private static async Task<HttpResponseMessage> SendAsync(
        RunningNode node, HttpMethod method, string cookie, string session = "")
    {
        using var handler = new HttpClientHandler { UseCookies = false };
        using var client = new HttpClient(handler) { BaseAddress = node.Http.BaseAddress };
        using var request = new HttpRequestMessage(method, "/v1/entries/a");
        if (method == HttpMethod.Put) request.Content = new StringContent("value");
        if (cookie.Length > 0) request.Headers.Add("Cookie", cookie);
        if (session.Length > 0) request.Headers.Add("Hedgerow-Session", session);
        return await client.SendAsync(request, Cancel);
    }
}
