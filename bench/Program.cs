using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Hedgerow.Bench;
using Hedgerow.Bench.Aggregations;
using Hedgerow.Bench.Expiry;
using Hedgerow.Bench.Groups;
using Hedgerow.Bench.HitRatios;
using Hedgerow.Bench.Instant;
using Hedgerow.Bench.Memory;
using Hedgerow.Bench.Pages;
using Hedgerow.Bench.Relevance;
using Hedgerow.Bench.Search;
using Hedgerow.Bench.Snapshots;
using Hedgerow.Bench.Sockets;
using Hedgerow.Bench.UnderWrites;
using Hedgerow.Bench.Values;
using Hedgerow.Bench.Vectors;
using Hedgerow.Bench.Words;

// One program for all that is measured in-process. A first argument that names a run starts it; anything else goes to
// BenchmarkDotNet, for example: --filter *Store*
if (args is ["hit-ratios", .. var rest]) return HitRatioReport.Run(rest);
if (args is ["memory"]) return MemoryReport.Run();
if (args is ["expiry"]) return ExpiryRun.Run();
if (args is ["memory", "--mixes"]) return MixReport.Run();
if (args is [MixReport.Verb, .. var mix]) return MixReport.Probe(mix);
if (args is [MemoryProbe.Verb, .. var probe]) return MemoryProbe.Run(probe);
if (args is ["relevance", .. var folder]) return RelevanceCommand.Run(folder, Console.Out, Console.Error);
if (args is ["search", .. var search]) return SearchCommand.Run(search, Console.Out, Console.Error);
if (args is ["aggregations"]) return AggregationsCommand.Run(Console.Out);
if (args is ["resp-groups", .. var groups]) return await GroupsCommand.RunAsync(groups, Console.Out);
if (args is ["pages"]) return await PagesCommand.RunAsync(Console.Out);
if (args is ["words", .. var kinds]) return WordsRun.Run(kinds, Console.Out);
if (args is ["search-under-writes", .. var times]) return await UnderWritesCommand.RunAsync(times, Console.Out);
if (args is ["vectors", .. var vectors]) return VectorsCommand.Run(vectors, Console.Out);
if (args is ["instant", .. var letters]) return InstantCommand.Run(letters, Console.Out);
if (args is ["values", .. var values]) return ValuesCommand.Run(values, Console.Out);
if (args is ["snapshot", .. var directory]) return await SnapshotRun.RunAsync(directory);
if (args is ["ping", var way, var port]) return await PingServer.RunAsync(way, int.Parse(port));

// In this process, because BenchmarkDotNet looks for a project file named like the assembly.
var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
var summaries = BenchmarkSwitcher.FromAssembly(typeof(HitRatioReport).Assembly).Run(args, config);
foreach (var file in MicroResults.Write(summaries)) Console.WriteLine("written to " + file);
return 0;
