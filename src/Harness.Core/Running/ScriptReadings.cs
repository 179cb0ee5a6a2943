using System.Globalization;
using System.Text;
using Harness.Core.Definitions;
using Harness.Core.Model;

namespace Harness.Core.Running;

/// <summary>
/// Readings in the standard output of a script or of a program of the harness's own: a line <c>metric=value</c> or <c>metric[subject]=value</c> each.
/// Whatever the userland made of it, a line is an exact reading or the trial is broken.
/// </summary>
public static class ScriptReadings
{
    /// <summary>Parses a whole output.</summary>
    /// <param name="output">What the script wrote.</param>
    /// <param name="metrics">The experiment's metrics by id.</param>
    /// <param name="problem">One sentence about the first line that is no reading, or null.</param>
    public static ImmutableArray<Observation> Parse(ReadOnlySpan<byte> output, IReadOnlyDictionary<string, MetricDefinition> metrics, out string? problem)
    {
        var readings = ImmutableArray.CreateBuilder<Observation>();
        foreach (var range in output.Split((byte)'\n'))
        {
            var line = output[range];
            if (line.IsEmpty)
            {
                continue;
            }

            var reading = Line(line, metrics, out problem);
            if (reading is null)
            {
                return [];
            }

            readings.Add(reading);
        }

        problem = null;
        return readings.ToImmutable();
    }

    private static Observation? Line(ReadOnlySpan<byte> line, IReadOnlyDictionary<string, MetricDefinition> metrics, out string? problem)
    {
        var equals = line.IndexOf((byte)'=');
        if (equals < 0)
        {
            problem = $"a line of its output is not a reading (metric=value): {Quote(line)}";
            return null;
        }

        var name = line[..equals];
        var value = line[(equals + 1)..];
        var subject = ReadOnlySpan<byte>.Empty;
        var bracket = name.IndexOf((byte)'[');
        if (bracket >= 0 && name[^1] == (byte)']')
        {
            subject = name[(bracket + 1)..^1];
            name = name[..bracket];
        }

        if (!metrics.TryGetValue(SandboxText.Printable(name), out var metric))
        {
            problem = $"it reported a metric that the experiment does not declare: {Quote(name)}";
            return null;
        }

        problem = null;
        if (metric.Type == MetricType.Text)
        {
            return Observation.OfText(metric.Id, SandboxText.Printable(subject), SandboxText.Printable(value));
        }

        if (decimal.TryParse(Encoding.UTF8.GetString(value), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return Observation.Number(metric.Id, SandboxText.Printable(subject), number);
        }

        problem = $"metric {metric.Id} needs a number, it reported {Quote(value)}";
        return null;
    }

    private static string Quote(ReadOnlySpan<byte> bytes) => $"'{SandboxText.Shorten(SandboxText.Printable(bytes), 80)}'";
}
