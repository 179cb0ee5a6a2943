using System.CommandLine;
using System.Text.Json;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Host.Facts;
using Harness.Host.Processes;
using Harness.Runs;
using Harness.Runtimes;
using Harness.Runtimes.Diagnosis;

namespace Harness.Commands;

/// <summary><c>harness doctor</c>: what this machine has, what depends on it, and how to fix it.</summary>
public static class DoctorCommand
{
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The command.</summary>
    public static Command Create(Options options, Terminal terminal)
    {
        var command = new Command("doctor", "Check this host: every engine that it has and which one a run takes, runtimes (each by running a sandbox), cgroups, seccomp, registries, tools, disk, clock, vsyscall. Exits 0 if a container cell can run, otherwise 1.")
        {
            options.Catalog, options.Engines, options.Mirror, options.Provision, options.Json,
        };
        command.SetAction(async (result, cancellation) =>
        {
            var session = ImageSession.Read(result, options, terminal, null);
            var engines = EngineOptions.Read(result, options);
            var runtimes = session.Runtimes with { EngineUri = engines.Unnamed, Engines = engines.Named };
            var experiments = ExperimentsFolder.Read(Locations.Find(null).Experiments).Experiments;
            await using var set = await RuntimeSet.CreateAsync(runtimes, cancellation);
            var tool = await HostFacts.ToolAsync(RunSession.Version, null, [], 0, DateTimeOffset.UnixEpoch, cancellation);
            var rows = new Doctor(experiments, session.Catalogue.Userlands).Judge(await DoctorVisit.GatherAsync(set, runtimes, tool, cancellation));
            Print(rows, terminal, result.GetValue(options.Json));
            return Doctor.CanRun(rows) ? ExitCode.Ok : ExitCode.GateFailed;
        });
        return command;
    }

    /// <summary>Prints the checks: for people three lines each at most, or JSON.</summary>
    public static void Print(ImmutableArray<DoctorRow> rows, Terminal terminal, bool json)
    {
        if (json)
        {
            terminal.Answer(JsonSerializer.Serialize(new { CanRunContainers = Doctor.CanRun(rows), Checks = rows.Select(row => new { row.Check, Status = Lower(row.Status), row.Found, row.Needs, row.Remedy }) }, _json));
            return;
        }

        foreach (var row in rows)
        {
            terminal.Answer($"{Lower(row.Status),-8} {row.Check}: {row.Found}");
            if (row.Needs.Length > 0)
            {
                terminal.Answer($"         needed by {row.Needs}");
            }

            if (row.Remedy.Length > 0)
            {
                terminal.Answer($"         remedy: {row.Remedy}");
            }
        }

        terminal.Answer(Doctor.CanRun(rows) ? "containers can be run here" : "no container can be run here; experiments still run their cells on the host");
    }

    private static string Lower(DoctorStatus status) => status.ToString().ToLowerInvariant();
}
