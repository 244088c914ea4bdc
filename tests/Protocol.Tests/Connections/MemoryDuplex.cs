using System.IO.Pipelines;

namespace Hedgerow.Protocol.Tests;

/// <summary>Two pipes, crossed: what one end writes the other reads. No sockets.</summary>
internal sealed class MemoryDuplex
{
    public MemoryDuplex(PipeOptions? options = null)
    {
        ToServer = new Pipe(options ?? PipeOptions.Default);
        ToClient = new Pipe(options ?? PipeOptions.Default);
        Client = new End(ToClient.Reader, ToServer.Writer);
        Server = new End(ToServer.Reader, ToClient.Writer);
    }

    public Pipe ToServer { get; }

    public Pipe ToClient { get; }

    public IDuplexPipe Client { get; }

    public IDuplexPipe Server { get; }

    /// <summary>Continuations on the thread that made the bytes available, as the product's sockets do.</summary>
    public static PipeOptions Inline { get; } = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false);

    private sealed record End(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
