using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Harness.Cli;
using Harness.Core;
using Harness.Host.Processes;
using Harness.Images.Kernels;
using Harness.Runs;
using Harness.Runtimes;
using Spectre.Console;

namespace Harness.Commands;

/// <summary><c>harness images --kernels</c>: every catalogued kernel, got as a run would get it, with what its configuration says.</summary>
public static class KernelsAnswer
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n" };

    /// <summary>Adds the option, and what it needs, to <c>images</c>.</summary>
    public static void AddTo(Command images, Options options, Terminal terminal)
    {
        var kernels = new Option<bool>("--kernels") { Description = "Show every catalogued kernel: release, size, configuration; fetched as a run would, --pull never for the cache alone." };
        images.Add(kernels);
        foreach (var option in new Option[] { options.Catalog, options.Mirror, options.Pull, options.Json })
        {
            images.Add(option);
        }

        images.Validators.Add(result =>
        {
            if (!result.GetValue(kernels) && !result.Children.OfType<System.CommandLine.Parsing.CommandResult>().Any())
            {
                result.AddError("Required command was not provided.");
            }
        });
        images.SetAction((result, cancellation) => AnswerAsync(result, options, terminal, cancellation));
    }

    private static async Task<int> AnswerAsync(ParseResult result, Options options, Terminal terminal, CancellationToken cancellation)
    {
        var session = ImageSession.Read(result, options, terminal, null);
        await using var set = await RuntimeSet.CreateAsync(session.Runtimes, cancellation);
        var rows = new List<(string Id, KernelLock? Lock, string? Reason)>();
        foreach (var kernel in session.Kernels.Kernels)
        {
            var (found, reason) = await set.KernelAsync(kernel.Id, cancellation);
            rows.Add((kernel.Id, found, reason));
        }

        if (result.GetValue(options.Json))
        {
            terminal.Answer(JsonSerializer.Serialize(
                rows.Select(row => new
                {
                    row.Id,
                    row.Lock?.Release,
                    row.Lock?.Source,
                    row.Lock?.Suite,
                    row.Lock?.ImageBytes,
                    row.Lock?.ImageSha256,
                    row.Lock?.Pvh,
                    row.Lock?.Check,
                    row.Lock?.Config,
                    row.Reason,
                }),
                _json));
            return ExitCode.Ok;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("kernel", "release", "size", "boots by", "vsyscall", "32-bit", "virtio_pci", "virtio_blk", "from");
        foreach (var (id, found, reason) in rows)
        {
            var cells = found is null
                ? [id, "", "", "", "", "", "", "", $"unavailable: {reason}"]
                : new[]
                {
                    id, found.Release, string.Create(CultureInfo.InvariantCulture, $"{found.ImageBytes / 1e6:0.0} MB"), found.Pvh ? "PVH" : "bzImage",
                    Vsyscall(found), Option(found, "IA32_EMULATION"), Option(found, "VIRTIO_PCI"), Option(found, "VIRTIO_BLK"),
                    found.Packages is [var package, ..] ? $"{package.Name} {package.Version}" : found.Source,
                };
            table.AddRow([.. cells.Select(Markup.Escape)]);
        }

        terminal.Out.Write(table);
        return ExitCode.Ok;
    }

    // What the configuration makes the default; a boot parameter can change it.
    private static string Vsyscall(KernelLock kernel)
    {
        if (kernel.Config.IsEmpty)
            return "unknown";
        string[] modes = ["EMULATE", "NATIVE", "NONE", "XONLY"];
        return modes.FirstOrDefault(mode => kernel.Config.GetValueOrDefault($"LEGACY_VSYSCALL_{mode}") == "y")?.ToLowerInvariant() ?? "not set";
    }

    private static string Option(KernelLock kernel, string name) => kernel.Config.GetValueOrDefault(name) switch
    {
        null => "unknown",
        "y" => "built in",
        "m" => "module",
        _ => "no",
    };
}
