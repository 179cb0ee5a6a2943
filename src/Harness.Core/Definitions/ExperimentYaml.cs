#pragma warning disable CA1812 // Instantiated by the YAML deserialiser.
namespace Harness.Core.Definitions;

/// <summary>The shape of <c>experiment.yaml</c>; every key is optional here so that the checks can name what is missing.</summary>
internal sealed class ExperimentYaml
{
    public int? Schema { get; set; }

    public string? Id { get; set; }

    public string? Title { get; set; }

    public List<string>? Claims { get; set; }

    public bool? Timed { get; set; }

    public bool? Filesystem { get; set; }

    public MatrixYaml? Matrix { get; set; }

    public List<string>? Shared { get; set; }

    public List<ProbeYaml>? Probes { get; set; }

    public MetricsYaml? Metrics { get; set; }

    public int? Blocks { get; set; }

    public int? Repeat { get; set; }

    public int? Warmup { get; set; }

    public string? Timeout { get; set; }

    public LimitsYaml? Limits { get; set; }

    public QuickYaml? Quick { get; set; }

    public QuickYaml? Image { get; set; }

    public List<TableYaml>? Tables { get; set; }

    public List<FigureYaml>? Figures { get; set; }
}

internal sealed class MatrixYaml
{
    public UserlandsYaml? Userlands { get; set; }

    public List<string>? VmUserlands { get; set; }

    public WordOrList? Kernels { get; set; }

    public List<string>? Runtimes { get; set; }

    public List<string>? Variants { get; set; }

    public List<string>? Exclude { get; set; }
}

internal sealed class ProbeYaml
{
    public string? Id { get; set; }

    public string? Kind { get; set; }

    public object? Command { get; set; }

    public List<string>? Cells { get; set; }

    public List<string>? Programs { get; set; }

    public bool? Foreign { get; set; }

    public string? Timeout { get; set; }

    public string? About { get; set; }
}

internal sealed class MetricYaml
{
    public string? Id { get; set; }

    public string? Type { get; set; }

    public string? Unit { get; set; }

    public string? Meaning { get; set; }
}

internal sealed class LimitsYaml
{
    public string? Memory { get; set; }

    public int? Pids { get; set; }

    public string? Output { get; set; }
}

internal sealed class QuickYaml
{
    public int? Blocks { get; set; }

    public int? Repeat { get; set; }

    public int? Warmup { get; set; }

    public List<string>? Userlands { get; set; }

    public List<string>? Kernels { get; set; }

    public List<string>? Runtimes { get; set; }

    public List<string>? Variants { get; set; }
}

internal sealed class FigureYaml
{
    public string? Id { get; set; }

    public string? Kind { get; set; }

    public string? Title { get; set; }

    public string? Caption { get; set; }

    public string? Claim { get; set; }

    public string? Sql { get; set; }
}

internal sealed class TableYaml
{
    public string? Id { get; set; }

    public string? Title { get; set; }

    public string? Caption { get; set; }

    public string? Sql { get; set; }
}
