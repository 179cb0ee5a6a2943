using Harness.Cli;
using Harness.Core;

return await Entry.RunAsync(args);
