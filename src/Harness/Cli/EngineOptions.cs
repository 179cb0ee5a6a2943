using System.CommandLine;
using Harness.Core;
using Harness.Core.Planning;
using Harness.Engines.Endpoints;

namespace Harness.Cli;

/// <summary>Reads <c>--engine</c> of commands that take several.</summary>
public static class EngineOptions
{
    /// <summary>The engines. Whether one answers is found out when it is needed; that it has an address, here.</summary>
    /// <exception cref="HarnessException">A name or an address is wrong.</exception>
    public static EngineArguments Read(ParseResult result, Options options)
    {
        var engines = EngineArguments.Parse(result.GetValue(options.Engines)!);
        foreach (var engine in engines.Named.Where(engine => !engine.IsPrivate && !engine.IsInVm))
        {
            _ = EngineEndpoint.Parse(engine.Where, $"--engine {engine.Name}");
        }

        return engines;
    }
}
