using System.Globalization;
using Harness.Analysis.Judging;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Reporting.Model;

namespace Harness.Reporting;

/// <summary>Adds to a figure's caption what makes it quotable alone: n, machine and date.</summary>
public static class FigureCaption
{
    /// <summary>
    /// The whole caption. n is the sum of a column <c>n</c>, and what it counts the query can say in a column <c>of</c>; else it is the trials that the
    /// figure's experiment measured. A figure that shows nothing rests on nothing.
    /// </summary>
    public static string For(FigureDefinition figure, Table table, RunFacts facts)
    {
        var n = table.IndexOf("n") is var column and >= 0 ? table.Rows.Sum(row => long.Parse(row[column] ?? "0", CultureInfo.InvariantCulture))
            : table.Rows.IsEmpty ? 0
            : Measured(figure, facts);
        var counted = table.IndexOf("of") is var noun and >= 0 && table.Rows.Length > 0 ? table.Rows[0][noun] ?? "trials" : "trials";
        var host = facts.Hosts[0];
        var engine = string.Concat(host.EnginesByName.Select(one => one.Facts).Where(used => used.Name != RuntimeNames.DockerInVm).Select(used => $", {used.Name} {used.Version}").Distinct());
        var machines = facts.Hosts.Length > 1
            ? string.Create(CultureInfo.InvariantCulture, $"{facts.Hosts.Length} hosts")
            : $"{host.Hardware.CpuModel ?? host.Os.Architecture}, {host.Os.PrettyName}, kernel {host.Kernel.Release}{engine}";
        return string.Create(CultureInfo.InvariantCulture, $"{figure.Caption.TrimEnd('.')}. n = {n} {(n == 1 && counted.EndsWith('s') ? counted[..^1] : counted)}; {machines}; {host.Tool.StartedAt.UtcDateTime:yyyy-MM-dd}{(facts.Plan.Quick ? "; quick run" : "")}.");
    }
    private static int Measured(FigureDefinition figure, RunFacts facts)
    {
        var own = facts.Experiments.Where(experiment => experiment.Figures.Any(one => one.Id == figure.Id)).Select(experiment => experiment.Id).ToHashSet(StringComparer.Ordinal);
        return facts.Trials.Count(trial => own.Contains(trial.Experiment) && trial.Outcome.IsMeasured());
    }
}
