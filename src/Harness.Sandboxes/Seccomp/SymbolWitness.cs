using System.Globalization;
using CsvHelper;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Core.Seccomp;
using Harness.Host.Processes;
using Harness.Sandboxes.Payload;

namespace Harness.Sandboxes.Seccomp;

/// <summary>
/// What the machine's own kernel says of each call in its table of symbols, read outside of any container: <c>__x64_sys_NAME</c> is
/// <c>T</c> where the kernel has it, and <c>W</c> where it falls to a function that answers ENOSYS since the configuration leaves it out.
/// </summary>
internal sealed class SymbolWitness(AgentFiles agents)
{
    private const string Source = "/proc/kallsyms";
    private const string BootId = "/proc/sys/kernel/random/boot_id";

    private static readonly ImmutableArray<string> States = ["defined", "weak", "none"];

    private readonly Lazy<ImmutableArray<Observation>> _readings = new(() => OperatingSystem.IsLinux() ? Read(agents) : []);

    /// <summary>The readings for a sandbox whose plan sweeps; empty for any other, and where it is not this machine's processor that runs it.</summary>
    /// <param name="request">The sandbox's.</param>
    /// <param name="architecture">Its image's.</param>
    /// <param name="elsewhere">Why it is not this machine's kernel that answers it; null where it is.</param>
    internal ImmutableArray<Observation> For(SandboxRequest request, string architecture, string? elsewhere) =>
        request.AgentPlan.Contains("\tbuiltin\tsyscalls\n", StringComparison.Ordinal) && AgentFiles.Of(architecture) == AgentFiles.Of(Machine.Architecture)
            ? elsewhere is null ? _readings.Value : [Observation.OfText("unavailable", "symbol", elsewhere)]
            : [];

    /// <summary>The numbers of the table by what the symbols say: subjects <c>defined</c>, <c>weak</c>, <c>none</c>.</summary>
    /// <param name="table">The path of syscalls-ARCHITECTURE.csv.</param>
    /// <param name="prefix">What symbols of calls begin with.</param>
    /// <param name="symbols">Lines as the kernel gives them: address, type, name.</param>
    internal static ImmutableArray<Observation> Read(string table, string prefix, IEnumerable<string> symbols)
    {
        var types = new Dictionary<string, char>(StringComparer.Ordinal);
        foreach (var line in symbols)
        {
            if (line.IndexOf(' ', StringComparison.Ordinal) is > 0 and var at && line.AsSpan(at).Length > 3 && line.AsSpan(at + 3).StartsWith(prefix, StringComparison.Ordinal))
                types[line[(at + 3 + prefix.Length)..].Split('\t')[0]] = line[at + 1];
        }

        var calls = Names(table).ToLookup(call => types.TryGetValue(call.Symbol, out var type) ? type == 'W' ? "weak" : "defined" : "none", call => call.Number, StringComparer.Ordinal);
        // Before 4.17 symbols of calls had other names.
        return calls["defined"].Any()
            ? [.. States.Select(state => Observation.OfText("symbol", state, SeccompFilters.Ranges(calls[state])))]
            : [Observation.OfText("unavailable", "symbol", $"{Source}: names no call")];
    }

    private static ImmutableArray<Observation> Read(AgentFiles agents)
    {
        try
        {
            var prefix = AgentFiles.Of(Machine.Architecture) == "aarch64" ? "__arm64_sys_" : "__x64_sys_";
            return [.. Read(agents.Calls(Machine.Architecture), prefix, File.ReadLines(Source)), Observation.OfText("symbol", "boot_id", File.ReadAllText(BootId).Trim())];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [Observation.OfText("unavailable", "symbol", e.Message)];
        }
    }

    private static IEnumerable<(int Number, string Symbol)> Names(string table)
    {
        using var reader = CsvReader.FromFile(table, Csv.ReaderOptions);
        while (reader.Read())
        {
            var symbol = reader.GetString("symbol");
            yield return (int.Parse(reader.GetString("number"), CultureInfo.InvariantCulture), symbol.Length > 0 ? symbol : reader.GetString("name"));
        }
    }
}
