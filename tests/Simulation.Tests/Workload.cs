using System.Buffers.Binary;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Simulation.Tests;

/// <summary>
/// Clients that read and write a few paths through the routers of a world, each one after the other, and check every
/// answer against what may be: see <see cref="Invariants"/>.
/// </summary>
internal sealed class Workload
{
    private const int Paths = 12;
    private readonly World _world;
    private readonly Invariants _invariants;
    private readonly int _seed;

    public Workload(World world, Invariants invariants, int seed)
    {
        _world = world;
        _invariants = invariants;
        _seed = seed;
    }

    /// <summary>Clients at work.</summary>
    public int Running { get; private set; }

    public async Task RunClientAsync(int client, int operations)
    {
        Running++;
        var random = new Random((_seed * 1_000) + client);
        var router = client % _world.Routers.Length;
        var written = new Dictionary<string, ulong>(StringComparer.Ordinal);
        for (var i = 0; i < operations; i++)
        {
            await _world.Time.Wait(random.Next(2_000));
            var path = $"/p/{random.Next(Paths)}";
            switch (random.Next(10))
            {
                case < 5: await ReadAsync(router, path, 0); break;
                case 5 when written.TryGetValue(path, out var version): await ReadAsync(router, path, version); break;
                case 6: await IncrementAsync(router, $"/n/{random.Next(3)}"); break;
                case 7: await WriteAsync(router, Opcode.Add, path, $"{path}={client}.{i}", written); break;
                case 8: await WriteAsync(router, Opcode.Delete, path, "", written); break;
                default: await WriteAsync(router, Opcode.Set, path, $"{path}={client}.{i}", written); break;
            }
        }

        Running--;
    }

    private static byte[] BodyOf(in CacheCommand command)
    {
        var body = new byte[command.Length];
        command.WriteTo(body);
        return body;
    }

    private async Task<Reply> ExecuteAsync(int router, Opcode opcode, byte[] body)
    {
        var began = _world.Time.Now;
        var reply = await _world.Routers[router].ExecuteAsync(
            new RequestHeader { Opcode = opcode }, body, CancellationToken.None);
        _invariants.Answered(opcode, _world.Time.Now - began);
        _world.Trace($"= {opcode} {reply.Status}");
        return reply;
    }

    private async Task ReadAsync(int router, string path, ulong versionMin)
    {
        var body = BodyOf(new CacheCommand
        {
            Opcode = Opcode.Get, Path = Encoding.UTF8.GetBytes(path), Version = versionMin,
        });
        using var reply = await ExecuteAsync(router, Opcode.Get, body);
        _invariants.Read(path, versionMin, reply);
    }

    private async Task WriteAsync(
        int router, Opcode opcode, string path, string value, Dictionary<string, ulong> written)
    {
        var newestBefore = _invariants.Writing(path, value);
        var body = BodyOf(new CacheCommand
        {
            Opcode = opcode, Path = Encoding.UTF8.GetBytes(path), Value = Encoding.UTF8.GetBytes(value),
        });
        using var reply = await ExecuteAsync(router, opcode, body);
        if (!_invariants.Written(opcode, path, newestBefore, reply)) return;
        if (opcode == Opcode.Delete) written.Remove(path);
        else written[path] = reply.Header.Version;
    }

    private async Task IncrementAsync(int router, string path)
    {
        _invariants.Incrementing(path);
        var body = BodyOf(new CacheCommand
        {
            Opcode = Opcode.Increment, Path = Encoding.UTF8.GetBytes(path), Delta = 1, Initial = 1, HasInitial = true,
        });
        using var reply = await ExecuteAsync(router, Opcode.Increment, body);
        if (reply.Status == StatusCode.Ok)
            _invariants.Incremented(path, BinaryPrimitives.ReadInt64LittleEndian(reply.Body.Span), reply);
    }
}
