using System.Net;

namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>
/// One connection's protocol state: bytes in, bytes out. Everything runs on the one loop thread that owns the
/// connection, so a session needs no locks; only <see cref="Wake"/>, <see cref="Kill"/> and what is said to be are for
/// any thread. A session that throws is closed and logged; it reaches nobody else.
/// </summary>
/// <remarks>
/// The loop calls <see cref="Consume"/> with all bytes that are not consumed yet, sends in one write what came into
/// <see cref="Output"/>, and calls again while something is left and <see cref="Consume"/> gets ahead. It stops calling
/// while <see cref="IsWaiting"/>, and while the peer is slow to take what is past the soft limit of the output.
/// </remarks>
internal abstract class ClientSession
{
    private readonly SessionContext _context;

    /// <param name="context">Its connection, from <see cref="ISessionFactory.Create"/>.</param>
    protected ClientSession(SessionContext context)
    {
        _context = context;
        Output = context.Output;
    }

    /// <summary>Unique in the process, counted from 1. Any thread.</summary>
    public long Id => _context.Id;

    /// <summary>The other end. Any thread.</summary>
    public EndPoint Peer => _context.Peer;

    /// <summary>This end. Any thread.</summary>
    public EndPoint Local => _context.Local;

    /// <summary>Time since it was accepted. Any thread.</summary>
    public TimeSpan Age => _context.Age;

    /// <summary>Time since bytes last came. Any thread.</summary>
    public TimeSpan Idle => _context.Idle;

    /// <summary>Which of the loops runs it, from 0. Any thread.</summary>
    public int LoopIndex => _context.LoopIndex;

    /// <summary>Bytes that the peer has not taken. Any thread, approximately.</summary>
    public long OutputBytes => Output.Length;

    /// <summary>Bytes of the buffers it holds: 0 when nothing is half done. Any thread, approximately.</summary>
    public long BufferBytes => _context.BufferBytes;

    /// <summary>
    /// Bytes from the front of the input that the next command needs at least, 0 when unknown: fewer are not worth a
    /// call, and the loop makes its buffer as large.
    /// </summary>
    public int BytesWanted { get; protected set; }

    /// <summary>
    /// Whether it takes no input until <see cref="OnWake"/> or later sets it back: an answer is awaited that must come
    /// first. The loop reads no more from the socket then.
    /// </summary>
    public bool IsWaiting { get; protected set; }

    /// <summary>
    /// Whether something consumed is not answered yet. A connection whose peer said no more, or that is drained, is
    /// closed when this is false and the output is sent.
    /// </summary>
    public virtual bool HasUnanswered => IsWaiting;

    /// <summary>
    /// Whether the peer is one who may stay: while it is not, the connection lives no longer than
    /// <see cref="SessionListenerOptions.WelcomeTimeout"/>.
    /// </summary>
    public virtual bool IsWelcome => true;

    /// <summary>Whether <see cref="WriteMore"/> has something to write.</summary>
    public virtual bool HasMoreOutput => false;

    /// <summary>What it answers: written when <see cref="Consume"/> or <see cref="OnWake"/> returns.</summary>
    protected SessionOutput Output { get; }

    /// <summary>
    /// Consumes whole commands from the front. Stops when <see cref="SessionOutput.IsFull"/>: it is called again for
    /// the rest once the output was sent.
    /// </summary>
    /// <param name="input">Every byte that came and is not consumed; valid during the call.</param>
    /// <returns>How many bytes are done with. 0: needs more, or waits.</returns>
    public abstract int Consume(ReadOnlySpan<byte> input);

    /// <summary>Runs once or more after <see cref="Wake"/>: what was awaited may be there.</summary>
    public virtual void OnWake()
    {
    }

    /// <summary>
    /// Writes one more part of what is too large to be written at once; called while <see cref="HasMoreOutput"/> and
    /// the peer took everything else.
    /// </summary>
    public virtual void WriteMore()
    {
    }

    /// <summary>The connection is gone. Once, and nothing is called after it.</summary>
    public abstract void OnClosed();

    /// <summary>Has <see cref="OnWake"/> called on the loop soon. Any thread; calls run together.</summary>
    public void Wake() => _context.Wake();

    /// <summary>Closes the connection from any thread, without waiting for what is not sent.</summary>
    public void Kill() => _context.Kill();

    /// <summary>Takes no more input, and closes when what is written was sent.</summary>
    protected void CloseAfterFlush() => _context.CloseAfterFlush();

    /// <summary>Closes as soon as the call returns; what is not sent is lost.</summary>
    protected void Abort() => _context.Abort();
}

/// <summary>Makes the session of each connection that is accepted; called on the loop that will own it.</summary>
internal interface ISessionFactory
{
    /// <summary>Makes one.</summary>
    ClientSession Create(SessionContext context);
}
