using System.Net;
using System.Text;
using System.Text.Json;
using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Http;

/// <summary>One node for the HTTP tests, and short ways to speak to it.</summary>
public sealed class ApiFixture : IAsyncLifetime
{
    private RunningNode? _node;

    internal RunningNode Node => _node!;

    public async ValueTask InitializeAsync() => _node = await RunningNode.ServeAsync("--limits.value=1MiB");

    public ValueTask DisposeAsync() => _node!.DisposeAsync();

    /// <summary>Sends a request; headers as "Name: value".</summary>
    public Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string target, string? body = null, params string[] headers) =>
        SendAsync(method, target, body == null ? null : Encoding.UTF8.GetBytes(body), headers);

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string target, byte[]? body, params string[] headers)
    {
        using var request = new HttpRequestMessage(method, target);
        if (body != null) request.Content = new ByteArrayContent(body);
        foreach (var header in headers)
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            request.Headers.TryAddWithoutValidation(header[..colon], header[(colon + 1)..].Trim());
        }

        return await _node!.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends, demands a status, and reads the JSON.</summary>
    public async Task<JsonElement> JsonAsync(
        HttpMethod method, string target, string? body = null, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await SendAsync(method, target, body);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(expected == response.StatusCode, $"{(int)response.StatusCode} {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Sends, and holds the answer to the one shape of errors.</summary>
    public async Task<string> ErrorAsync(
        int status, string code, HttpMethod method, string target, string? body = null, params string[] headers)
    {
        using var response = await SendAsync(method, target, body, headers);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} {text}");
        var error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.NotEmpty(error.GetProperty("hint").GetString()!);
        return error.GetProperty("message").GetString()!;
    }
}
