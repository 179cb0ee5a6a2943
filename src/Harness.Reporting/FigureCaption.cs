using System.Globalization;
using Harness.Analysis.Judging;
using Harness.Core.Definitions;

namespace Harness.Reporting;

/// <summary>Adds to a figure's caption what makes it quotable alone: n, machine and date.</summary>
public static class FigureCaption
{
    /// <summary>The whole caption. What n counts the query can say in a column <c>of</c>; else it is trials.</summary>
    public static string For(FigureDefinition figure, Table table, RunFacts facts)
    {
        var n = table.IndexOf("n") is var column and >= 0
            ? table.Rows.Sum(row => long.Parse(row[column] ?? "0", CultureInfo.InvariantCulture))
            : facts.Coverage.Measured;
        var counted = table.IndexOf("of") is var noun and >= 0 && table.Rows.Length > 0 ? table.Rows[0][noun] : "trials";
        var host = facts.Hosts[0];
        var engine = host.Engine is { } used ? $", {used.Name} {used.Version}" : "";
        var machines = facts.Hosts.Length > 1
            ? string.Create(CultureInfo.InvariantCulture, $"{facts.Hosts.Length} hosts")
            : $"{host.Hardware.CpuModel ?? host.Os.Architecture}, {host.Os.PrettyName}, kernel {host.Kernel.Release}{engine}";
        return string.Create(CultureInfo.InvariantCulture, $"{figure.Caption.TrimEnd('.')}. n = {n} {counted}; {machines}; {host.Tool.StartedAt.UtcDateTime:yyyy-MM-dd}{(facts.Plan.Quick ? "; quick run" : "")}.");
    }
}
