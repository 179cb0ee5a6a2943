using CsvHelper;

namespace Harness.Core.Journaling;

/// <summary>A kernel's configuration as a table, one row an option: <c>raw/kernels/&lt;kernel&gt;.csv</c>.</summary>
public static class KernelOptionTable
{
    private const string Prefix = "CONFIG_";
    private const string Off = " is not set";

    /// <summary>Its columns.</summary>
    public static readonly ImmutableArray<string> Columns = ["option", "value"];

    /// <summary>The names of all tables of a run.</summary>
    public const string Files = "*.csv";

    /// <summary>The file's name for a kernel of the catalogue.</summary>
    public static string FileName(string kernel) => kernel + ".csv";

    /// <summary>The file's name for a machine's own kernel: runs of several machines may be merged.</summary>
    public static string HostFileName(string hostId) => $"host-{hostId}.csv";

    /// <summary>
    /// The options that a configuration names, without <c>CONFIG_</c>: as they are set, and <c>n</c> for those it says are not set. An option
    /// that it does not name is none of that kernel's version, or depends on one that is off.
    /// </summary>
    public static ImmutableSortedDictionary<string, string> Parse(string config)
    {
        var options = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var line in config.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            if (line.StartsWith(Prefix, StringComparison.Ordinal) && line.Split('=', 2) is [var name, var value])
            {
                options[name[Prefix.Length..]] = value;
            }
            else if (line.StartsWith("# " + Prefix, StringComparison.Ordinal) && line.EndsWith(Off, StringComparison.Ordinal))
            {
                options[line[("# ".Length + Prefix.Length)..^Off.Length]] = "n";
            }
        }

        return options.ToImmutable();
    }

    /// <summary>Writes the table, whole or not at all.</summary>
    public static void Write(string path, string config)
    {
        AtomicFile.Write(path, file =>
        {
            using var writer = CsvWriter.Create(file, Csv.WriterOptions);
            writer.WriteHeader(Columns.AsSpan());
            foreach (var (option, value) in Parse(config))
            {
                writer.WriteField(option);
                writer.WriteField(value);
                writer.EndRecord();
            }

            writer.Flush();
        });
    }
}
