using Hedgerow.Server.Cli;
using Hedgerow.Server.Hosting;

NodeHost.PrepareProcess();
using var signals = new StopSignals();
return await CommandLine.RunAsync(args, CliConsole.OfProcess(), signals.Token);
