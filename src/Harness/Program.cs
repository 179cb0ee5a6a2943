using Harness.Cli;
using Harness.Runtimes.Guarding;

// The guard of a run is this same program: it must not depend on a second one being installed.
return args is [Guard.Argument, ..] ? await Guard.RunAsync(args) : await Entry.RunAsync(args);
