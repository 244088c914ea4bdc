using System.Net;
using System.Security.Cryptography;

namespace Hedgerow.Server.Tests.Http;

public sealed class EntryEndpointsTests : IClassFixture<ApiFixture>
{
    private readonly ApiFixture _api;

    public EntryEndpointsTests(ApiFixture api)
    {
        _api = api;
    }

    [Fact]
    public async Task A_value_comes_back_byte_for_byte()
    {
        var value = RandomNumberGenerator.GetBytes(200_000);
        using var put = await _api.SendAsync(HttpMethod.Put, "/v1/entries/bytes/1", value);
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        using var got = await _api.SendAsync(HttpMethod.Get, "/v1/entries/bytes/1");
        Assert.Equal("application/octet-stream", got.Content.Headers.ContentType!.MediaType);
        Assert.Equal(value, await got.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_empty_value_is_a_value()
    {
        using var put = await _api.SendAsync(HttpMethod.Put, "/v1/entries/empty", []);
        using var got = await _api.SendAsync(HttpMethod.Get, "/v1/entries/empty");
        Assert.Equal(HttpStatusCode.OK, got.StatusCode);
        Assert.Equal(0, got.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task The_version_is_the_ETag_of_write_and_read()
    {
        var (first, second) = (await PutAsync("/v1/entries/etag", "one"), await PutAsync("/v1/entries/etag", "two"));
        Assert.NotEqual(first, second);
        using var got = await _api.SendAsync(HttpMethod.Get, "/v1/entries/etag");
        Assert.Equal(second, got.Headers.ETag!.Tag);
    }

    [Fact]
    public async Task HEAD_is_GET_without_the_value()
    {
        await PutAsync("/v1/entries/head", "twelve bytes");
        using var head = await _api.SendAsync(HttpMethod.Head, "/v1/entries/head");
        Assert.Equal(12, head.Content.Headers.ContentLength);
        Assert.NotNull(head.Headers.ETag);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_GET_that_names_the_stored_version_is_answered_304()
    {
        var tag = await PutAsync("/v1/entries/cached", "x");
        using var same = await _api.SendAsync(
            HttpMethod.Get, "/v1/entries/cached", (string?)null, "If-None-Match: " + tag);
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        using var other = await _api.SendAsync(
            HttpMethod.Get, "/v1/entries/cached", (string?)null, "If-None-Match: \"1\"");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task If_Match_writes_only_over_the_version_named()
    {
        var tag = await PutAsync("/v1/entries/cas", "one");
        using var won = await _api.SendAsync(HttpMethod.Put, "/v1/entries/cas", "two", "If-Match: " + tag);
        Assert.Equal(HttpStatusCode.OK, won.StatusCode);
        var message = await _api.ErrorAsync(
            412, "version_mismatch", HttpMethod.Put, "/v1/entries/cas", "three", "If-Match: " + tag);
        Assert.Contains(won.Headers.ETag!.Tag.Trim('"'), message, StringComparison.Ordinal);
        await _api.ErrorAsync(
            412, "version_mismatch", HttpMethod.Put, "/v1/entries/cas-nothing", "x", "If-Match: " + tag);
    }

    [Fact]
    public async Task If_None_Match_star_writes_only_where_nothing_is()
    {
        using var first = await _api.SendAsync(HttpMethod.Put, "/v1/entries/add", "one", "If-None-Match: *");
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        await _api.ErrorAsync(412, "exists", HttpMethod.Put, "/v1/entries/add", "two", "If-None-Match: *");
    }

    [Fact]
    public async Task If_Match_star_writes_only_where_something_is()
    {
        await _api.ErrorAsync(
            412, "version_mismatch", HttpMethod.Put, "/v1/entries/replace", "x", "If-Match: *");
        await PutAsync("/v1/entries/replace", "one");
        using var second = await _api.SendAsync(HttpMethod.Put, "/v1/entries/replace", "two", "If-Match: *");
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
    }

    [Fact]
    public async Task DELETE_removes_and_says_when_nothing_was_there()
    {
        var tag = await PutAsync("/v1/entries/gone", "x");
        await _api.ErrorAsync(
            412, "version_mismatch", HttpMethod.Delete, "/v1/entries/gone", null, "If-Match: \"7\"");
        using var deleted = await _api.SendAsync(
            HttpMethod.Delete, "/v1/entries/gone", (string?)null, "If-Match: " + tag);
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        await _api.ErrorAsync(404, "not_found", HttpMethod.Get, "/v1/entries/gone");
        await _api.ErrorAsync(404, "not_found", HttpMethod.Delete, "/v1/entries/gone");
    }

    [Theory]
    [InlineData("Hedgerow-TTL: 60s")]
    [InlineData("Hedgerow-TTL: 60")]
    [InlineData("Hedgerow-TTL: 1m")]
    [InlineData("Cache-Control: max-age=60")]
    public async Task A_time_to_live_is_kept_and_told(string header)
    {
        using var put = await _api.SendAsync(HttpMethod.Put, "/v1/entries/ttl", "x", header);
        using var got = await _api.SendAsync(HttpMethod.Get, "/v1/entries/ttl");
        var left = int.Parse(got.Headers.GetValues("Hedgerow-TTL").Single().TrimEnd('s'));
        Assert.InRange(left, 1, 60);
        Assert.InRange(got.Headers.CacheControl!.MaxAge!.Value.TotalSeconds, 1, 60);
    }

    [Fact]
    public async Task Flags_are_kept_and_told()
    {
        using var put = await _api.SendAsync(HttpMethod.Put, "/v1/entries/flags", "x", "Hedgerow-Flags: 4294967295");
        using var got = await _api.SendAsync(HttpMethod.Get, "/v1/entries/flags");
        Assert.Equal("4294967295", got.Headers.GetValues("Hedgerow-Flags").Single());
    }

    [Theory]
    [InlineData("/v1/entries/a%2Fb%3Fc", "/v1/entries?path=/a%2Fb%3Fc")]
    [InlineData("/v1/entries/%C3%BC/%ff", "/v1/entries?path=%2F%C3%BC%2F%FF")]
    [InlineData("/v1/entries//double", "/v1/entries?path=//double")]
    public async Task A_path_may_hold_any_byte(string target, string same)
    {
        var value = target + Guid.NewGuid();
        await PutAsync(target, value);
        using var got = await _api.SendAsync(HttpMethod.Get, same);
        Assert.Equal(value, await got.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_path_without_a_slash_goes_into_the_query()
    {
        await PutAsync("/v1/entries?path=user:1", "x");
        using var got = await _api.SendAsync(HttpMethod.Get, "/v1/entries?path=user:1");
        Assert.Equal(HttpStatusCode.OK, got.StatusCode);
        await _api.ErrorAsync(404, "not_found", HttpMethod.Get, "/v1/entries/user:1");
    }

    [Theory]
    [InlineData("PUT", "/v1/entries/x", "Hedgerow-TTL: soon", "'soon'")]
    [InlineData("PUT", "/v1/entries/x", "Hedgerow-TTL: 0s", "'0s'")]
    [InlineData("PUT", "/v1/entries/x", "Hedgerow-Flags: -1", "'-1'")]
    [InlineData("PUT", "/v1/entries/x", "If-Match: 17", "17")]
    [InlineData("PUT", "/v1/entries/x", "If-None-Match: \"17\"", "takes * only")]
    [InlineData("DELETE", "/v1/entries/x", "If-None-Match: *", "DELETE")]
    [InlineData("GET", "/v1/entries", "X: y", "/v1/entries/the/path")]
    [InlineData("GET", "/v1/entries/", "X: y", "/v1/entries/the/path")]
    public async Task A_request_that_makes_no_sense_is_told_why(
        string method, string target, string header, string told)
    {
        var body = method == "PUT" ? "x" : null;
        var message = await _api.ErrorAsync(400, "bad_request", new HttpMethod(method), target, body, header);
        Assert.Contains(told, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_over_the_limit_is_refused_with_the_limit()
    {
        var message = await _api.ErrorAsync(
            413, "too_large", HttpMethod.Put, "/v1/entries/big", new string('x', (1 << 20) + 1));
        Assert.Contains("1048576", message, StringComparison.Ordinal);
        await PutAsync("/v1/entries/big", new string('x', 1 << 20));
    }

    [Fact]
    public async Task A_value_over_the_limit_is_refused_without_its_length_too()
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/v1/entries/big-chunked")
        {
            Content = new ByteArrayContent(new byte[(1 << 20) + 1]),
        };
        request.Headers.TransferEncodingChunked = true;
        using var response = await _api.Node.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task A_path_over_the_limit_is_refused_with_the_limit()
    {
        var message = await _api.ErrorAsync(
            413, "too_large", HttpMethod.Get, "/v1/entries/" + new string('x', 8192));
        Assert.Contains("at most 8192", message, StringComparison.Ordinal);
        await PutAsync("/v1/entries/" + new string('x', 8191), "longest");
    }

    private async Task<string> PutAsync(string target, string value)
    {
        using var response = await _api.SendAsync(HttpMethod.Put, target, value);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return response.Headers.ETag!.Tag;
    }
}
