using Harness;
using Harness.Cli;
using Harness.Engines.Guarding;

// The guard is this program started again by itself; it has no place on the command line.
return args is [Guard.Argument, ..] ? await Guard.RunAsync(args) : await Entry.RunAsync(args);
