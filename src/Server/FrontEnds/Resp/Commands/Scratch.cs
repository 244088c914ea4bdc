namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>A buffer of a call's for a value that is put together; goes back when disposed, once.</summary>
internal readonly struct Scratch(RespCall call) : IDisposable
{
    private readonly RespCall _call = call;

    /// <summary>The buffer; empty at first.</summary>
    public RespBuffer Buffer { get; } = call.RentBuffer();

    /// <inheritdoc/>
    public void Dispose() => _call.Return(Buffer);
}
