using System.Text;
using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Router.Tests;

/// <summary>A router over model leaves in virtual time. Every leaf holds every shard, unless told otherwise.</summary>
internal sealed class Cluster
{
    public Cluster(
        int shards = 1, int replicas = 2, Action<RouterOptions>? configure = null, int? leaves = null,
        ILoggerFactory? logs = null)
    {
        Topologies = new StaticTopology(TopologyOf(1, shards, replicas, leaves ?? replicas));
        Transport = new ModelTransport(Time);
        foreach (var leaf in Topologies.Current.Leaves) Transport.Leaves.Add(leaf.Id, new ModelLeaf(leaf.Id));
        Options = new HedgerowClientOptions
        {
            // What reads of one path share has tests of its own; the others read one path for many.
            Seed = 42, InlineContinuations = true, Hot = new HotOptions { Enabled = false },
        };
        configure?.Invoke(Options);
        Router = new RequestRouter(Topologies, Transport, Options, Time, logs ?? NullLoggerFactory.Instance);
        Client = new HedgerowClient(Router, Options, Time);
        foreach (var leaf in Transport.Leaves.Values) leaf.Documents.IsInShard = (s, p) => Client.Locate(p).Shard == s;
    }

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(0.5);

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public StaticTopology Topologies { get; }

    public ModelTransport Transport { get; }

    public HedgerowClientOptions Options { get; }

    public RequestRouter Router { get; }

    public HedgerowClient Client { get; }

    public ModelLeaf this[string leaf] => Transport.Leaves[leaf];

    public static Topology TopologyOf(uint epoch, int shards, int replicas, int leaves) => new()
    {
        Epoch = epoch,
        Leaves = [.. Enumerable.Range(1, leaves).Select(i => new LeafEndpoint($"leaf-{i}", $"10.0.0.{i}:7610"))],
        Shards = [.. Enumerable.Range(0, shards).Select(s => new ShardAssignment(
            [.. Enumerable.Range(0, replicas).Select(r => $"leaf-{((s + r) % leaves) + 1}")]))],
    };

    public void Rule(string leaf, Behaviour? behaviour) => Transport.Rules[leaf] = _ => behaviour;

    public void Rule(string leaf, Func<SeenCall, Behaviour?> rule) => Transport.Rules[leaf] = rule;

    public void Heal() => Transport.Rules.Clear();

    /// <summary>In half milliseconds, so that what one timer starts is not late for the next.</summary>
    public void Advance(double ms)
    {
        for (var left = TimeSpan.FromMilliseconds(ms); left > TimeSpan.Zero; left -= Step) Time.Advance(Step);
    }

    /// <summary>Advances in steps until the task is done; fails when it is not within that time.</summary>
    public async Task<T> Finish<T>(ValueTask<T> pending, double withinMs = 10_000, double stepMs = 1)
    {
        var task = pending.AsTask();
        for (var spent = 0.0; !task.IsCompleted && spent < withinMs; spent += stepMs)
        {
            Advance(stepMs);
            // Some continuations hop to the pool (Task.Delay, a semaphore): let them have their turn.
            await Task.WhenAny(task, Task.Run(() => { }));
        }

        Assert.True(task.IsCompleted, $"not done within {withinMs} ms of virtual time");
        return await task;
    }

    public async Task Finish(ValueTask pending, double withinMs = 10_000, double stepMs = 1) =>
        await Finish(Wrap(pending), withinMs, stepMs);

    public ValueTask<Reply> Get(string path, ulong versionMin = 0, CancellationToken cancel = default)
    {
        var command = new CacheCommand
        {
            Opcode = Opcode.Get, Path = Encoding.UTF8.GetBytes(path), Version = versionMin,
        };
        return Router.ExecuteAsync(new RequestHeader { Opcode = Opcode.Get }, BodyOf(command), cancel);
    }

    /// <summary>Reads until the router has seen enough answers to know the latencies, each so slow.</summary>
    public async Task WarmUp(int reads, double ms)
    {
        foreach (var leaf in Transport.Leaves.Keys) Rule(leaf, Behaviour.After(ms));
        for (var i = 0; i < reads; i++) (await Finish(Get("/warm"), stepMs: ms)).Dispose();
        Heal();
        Transport.Calls.Clear();
    }

    public static byte[] BodyOf(in CacheCommand command)
    {
        var body = new byte[command.Length];
        command.WriteTo(body);
        return body;
    }

    public static string TextOf(in Reply reply) => Encoding.UTF8.GetString(reply.Body.Span);

    private static async ValueTask<bool> Wrap(ValueTask pending)
    {
        await pending;
        return true;
    }
}
