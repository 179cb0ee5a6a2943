using Harness.Benchmarks;
using Harness.Cli;

return await MatrixCommand.RunAsync(args, Terminal.OfProcess(color: !args.Contains("--no-color", StringComparer.Ordinal)));
