using System.IO.Compression;
using System.IO.Pipelines;

namespace Hedgerow.Server.Cli.Import;

/// <summary>
/// What is imported: a file, standard input, or a stream that the caller owns; plain or gzip, told apart by the first
/// two bytes.
/// </summary>
internal sealed class ImportSource : IAsyncDisposable
{
    private const int ReadBytes = 256 * 1024;
    private readonly CountingStream _raw;
    private readonly PipeReader _rawReader;

    private ImportSource(string name, CountingStream raw, long? rawBytes)
    {
        Name = name;
        _raw = raw;
        RawBytes = rawBytes;
        _rawReader = PipeReader.Create(raw, new StreamPipeReaderOptions(bufferSize: ReadBytes));
    }

    /// <summary>How errors call it.</summary>
    public string Name { get; }

    /// <summary>Size of the file as it lies there; null where that is not known.</summary>
    public long? RawBytes { get; }

    /// <summary>How much of <see cref="RawBytes"/> has been read.</summary>
    public long RawBytesRead => _raw.BytesRead;

    /// <summary>Its lines.</summary>
    public LineReader Lines { get; private set; } = null!;

    /// <summary>Opens a file, or standard input for <c>-</c>.</summary>
    /// <exception cref="CliException">There is no such file.</exception>
    public static async Task<ImportSource> OpenAsync(string file, CliConsole console, CancellationToken cancel)
    {
        if (file == "-") return await OverAsync("standard input", console.Input, null, cancel);
        if (Directory.Exists(file))
            throw CliException.Usage($"{file} is a directory; import takes a file of JSON lines.");
        if (!File.Exists(file)) throw CliException.Usage($"There is no file {file}.");
        var stream = new FileStream(
            file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
        return await OverAsync(Path.GetFileName(file), stream, stream.Length, cancel);
    }

    /// <summary>Reads a stream that is disposed with this.</summary>
    public static async Task<ImportSource> OverAsync(
        string name, Stream stream, long? rawBytes, CancellationToken cancel)
    {
        var source = new ImportSource(name, new CountingStream(stream), rawBytes);
        source.Lines = new LineReader(await source.DecompressedAsync(cancel));
        return source;
    }

    public async ValueTask DisposeAsync()
    {
        await Lines.DisposeAsync();
        await _rawReader.CompleteAsync();
        await _raw.DisposeAsync();
    }

    private async Task<PipeReader> DecompressedAsync(CancellationToken cancel)
    {
        var head = await _rawReader.ReadAtLeastAsync(2, cancel);
        var isGzip = StartsAsGzip(head);
        _rawReader.AdvanceTo(head.Buffer.Start);
        if (!isGzip) return _rawReader;
        var gzip = new GZipStream(_rawReader.AsStream(leaveOpen: true), CompressionMode.Decompress);
        return PipeReader.Create(gzip, new StreamPipeReaderOptions(bufferSize: ReadBytes));
    }

    private static bool StartsAsGzip(ReadResult head)
    {
        if (head.Buffer.Length < 2) return false;
        Span<byte> magic = stackalloc byte[2];
        System.Buffers.BuffersExtensions.CopyTo(head.Buffer.Slice(0, 2), magic);
        return magic is [0x1F, 0x8B];
    }

    /// <summary>Knows how much was read through it, for a progress bar over a compressed file.</summary>
    private sealed class CountingStream : Stream
    {
        private readonly Stream _inner;
        private long _bytesRead;

        public CountingStream(Stream inner)
        {
            _inner = inner;
        }

        public long BytesRead => Interlocked.Read(ref _bytesRead);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            var read = await _inner.ReadAsync(buffer, cancellationToken);
            Interlocked.Add(ref _bytesRead, read);
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = _inner.Read(buffer, offset, count);
            Interlocked.Add(ref _bytesRead, read);
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override async ValueTask DisposeAsync()
        {
            await _inner.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
