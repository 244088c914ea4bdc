using Garnet;

// Garnet with its own arguments, such as --port 7795 --bind 127.0.0.1 --memory 1g; until the process is ended.
using var server = new GarnetServer(args);
server.Start();
Thread.Sleep(Timeout.Infinite);
