using System.Globalization;
using System.Text.RegularExpressions;
using CsvHelper;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;

namespace Harness.Reporting.Redacting;

/// <summary>Writes a run's tables with what is not public replaced, row by row and in their order.</summary>
internal sealed partial class RedactedTables(RunFolder folder, RunFolder target, TextRedactor text, RunNames names, string runId)
{
    private const string Value = "value";

    /// <summary><c>trials.csv</c>: first, since it says which trials there are.</summary>
    internal void Trials(PublicEntries entries) => Table("trials.csv", Csv.TrialColumns, row =>
    {
        var cell = row("cell");
        var told = Cell.Parse(names.CellName(cell));
        return (column, field) => column switch
        {
            "run_id" => names.Run(field, runId),
            "trial_id" => names.Trial(field, row("host_id"), row("experiment"), cell, row("probe"), Whole(row("block")), Whole(row("repetition"))),
            "host_id" => names.Host(field),
            "cell" => told.Name,
            "userland" => told.Userland,
            "kernel" => told.Kernel,
            "engine" => told.Engine,
            "runtime" => told.Runtime,
            "accelerator" => told.Accelerator,
            "variant" => told.Variant,
            "image_digest" => names.Digest(field, entries.HasUserland(Cell.Parse(cell).Userland)),
            "experiment" or "probe" => field,
            "sandbox" => names.Sandbox(field),
            "outcome" => Outcomes.Parse(field).Text(),
            "warmup" => field == "true" ? "true" : "false",
            "detail" => Said(field),
            "started_at_utc" => field.Length == 0 || DateTimeOffset.TryParse(field, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _) ? field : Said(field),
            _ => Number(field),
        };
    });

    /// <summary><c>observations.csv</c>. A reading of a trial that has no row belongs to nothing and stays behind.</summary>
    internal void Observations() => Table("observations.csv", Csv.ObservationColumns, row =>
    {
        var metric = row("metric");
        return (column, field) => column switch
        {
            "run_id" => names.Run(field, runId),
            "trial_id" => names.Trial(field),
            "metric" => field,
            Value => Number(field),
            "text" => Reading(metric, field),
            _ => Said(field),
        };
    });

    /// <summary>What <c>definitions/</c> says of runtimes, userlands and kernels.</summary>
    internal void Definitions()
    {
        foreach (var (name, _) in DefinitionTables.All.Where(table => File.Exists(Path.Combine(folder.Definitions, table.Name))))
        {
            Table($"definitions/{name}", [], _ => (column, field) => column is "id" or "name" ? text.RedactWhole(field, name[..^"s.csv".Length]) : Said(field));
        }
    }

    /// <summary>How kernels were configured: options, numbers and words that everybody's kernels have.</summary>
    internal void KernelOptions()
    {
        foreach (var file in Directory.Exists(folder.KernelOptions) ? Directory.EnumerateFiles(folder.KernelOptions, KernelOptionTable.Files).Order(StringComparer.Ordinal).ToArray() : [])
        {
            var name = Path.GetFileNameWithoutExtension(file);
            var told = name.StartsWith("host-", StringComparison.Ordinal) ? KernelOptionTable.HostFileName(names.Host(name["host-".Length..])) : KernelOptionTable.FileName(text.RedactWhole(name, "kernel"));
            Table($"raw/kernels/{Path.GetFileName(file)}", KernelOptionTable.Columns, _ => (column, field) => column == "option" ? Option().IsMatch(field) ? field : Said(field) : Setting(field), $"raw/kernels/{told}");
        }
    }

    /// <summary>What the images of userlands hold that everybody can have; in them, other hashes for files that the machine wrote.</summary>
    internal void Filesystems(IReadOnlySet<string> images)
    {
        var files = Directory.Exists(folder.Filesystems) ? Directory.EnumerateFiles(folder.Filesystems, FilesystemTable.Files).Order(StringComparer.Ordinal).ToLookup(file => images.Contains(Path.GetFileNameWithoutExtension(file))) : Array.Empty<string>().ToLookup(_ => true);
        foreach (var file in files[true])
        {
            Table($"raw/filesystems/{Path.GetFileName(file)}", FilesystemTable.Columns, row =>
            {
                var isLocal = Local().IsMatch(row("path"));
                return (column, field) => column is not ("sha256" or "target") || !isLocal || field.Length == 0 ? field
                    : Hash().IsMatch(field) ? Hashed(field, "hash of a file that the machine wrote")
                    : text.RedactWhole(field, "path");
            });
        }

        if (files[false].Any())
        {
            text.Removals.Leave("raw/filesystems/*.csv", "files of images that are not public", files[false].Count());
        }
    }

    private void Table(string file, ImmutableArray<string> columns, Func<Func<string, string>, Func<string, string, string>> row, string? to = null)
    {
        var (from, at) = (Path.Combine(folder.Root, file), Path.Combine(target.Root, to ?? file));
        Directory.CreateDirectory(Path.GetDirectoryName(at)!);
        text.Removals.File = to ?? file;
        try
        {
            using var reader = CsvReader.FromFile(from, Csv.ReaderOptions);
            using var writer = CsvWriter.ToFile(at, Csv.WriterOptions);
            reader.ReadHeader();
            ImmutableArray<string> there = [.. reader.Headers ?? []];
            if (!columns.IsEmpty && !there.SequenceEqual(columns, StringComparer.Ordinal))
            {
                throw new HarnessException($"{from}: its columns must be {string.Join(',', columns)}");
            }

            writer.WriteHeader(there.AsSpan());
            while (reader.Read())
            {
                var told = row(reader.GetString);
                for (var i = 0; i < there.Length; i++)
                {
                    text.Removals.Field = there[i];
                    // Nothing between two commas is missing; "" is an empty text, and stays one.
                    var isText = !reader.GetRawSpan(i).IsEmpty;
                    var field = reader.GetString(there[i]);
                    var left = told(there[i], field);
                    if (isText && left.Length == 0)
                    {
                        writer.WriteField(left, CsvQuoting.Always);
                    }
                    else
                    {
                        writer.WriteField(isText || left.Length > 0 ? left : null);
                    }
                }

                writer.EndRecord();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new HarnessException($"{from}: cannot be read ({e.Message.ReplaceLineEndings(" ")}); 'harness verify' says what is wrong", e);
        }
    }

    private string Said(string said) => said.Length == 0 ? said : text.Redact(said);

    private string Reading(string metric, string said) => metric switch
    {
        // Drawn at a boot; whose kernel answers is told by it.
        "boot_id" or "client_boot_id" when BootId().IsMatch(said) => said,
        // A command line is short enough to be guessed from its hash.
        "cmdline_sha256" when Hash().IsMatch(said) => Hashed(said, "hash of the kernel's command line"),
        _ => Said(said),
    };

    // Another hash in its place: equal stays equal, and nobody can try what it is of.
    private string Hashed(string hash, string what)
    {
        if (names.IsRedacted)
        {
            return hash;
        }

        text.Removals.Count(what, "<hash>");
        return names.Pseudonym(hash);
    }

    private string Setting(string setting) => Plain().IsMatch(setting) ? setting : Said(setting);

    private string Number(string field) => field.Length == 0 || decimal.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? field : Said(field);

    private static int Whole(string field) => int.Parse(field, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex("^[A-Z0-9_a-z]{1,80}\\z")]
    private static partial Regex Option();

    [GeneratedRegex("^(?:y|m|n|-?[0-9]+|0x[0-9a-fA-F]+|\"\")\\z")]
    private static partial Regex Plain();

    [GeneratedRegex("^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\\z")]
    private static partial Regex BootId();

    [GeneratedRegex("^[0-9a-f]{64}\\z")]
    private static partial Regex Hash();

    // Names of the machine, its addresses, its mirrors and its users.
    [GeneratedRegex("^\\.?/?(?:etc/(?:hostname|hosts|mailname|resolv\\.conf|machine-id|apt/|passwd|shadow|group|gshadow|ssh/|ssl/|subuid|subgid)|root/|home/|var/lib/dbus/machine-id|tmp/|var/log/|var/cache/)")]
    private static partial Regex Local();
}
