using Hedgerow.LoadGen.Cli;

// Answers are handled on the thread that read them: set before the first socket of the process (see docs/decisions).
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
return await LoadCommand.RunAsync(args, Console.Out, Console.Error);
