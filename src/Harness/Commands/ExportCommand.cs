using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Running;
using Harness.Reporting.Exporting;
using Harness.Reporting.Redacting;

namespace Harness.Commands;

/// <summary><c>harness export</c>: a run for readers and programs elsewhere, without anything private.</summary>
public sealed class ExportCommand
{
    private static readonly ImmutableArray<(string Name, ExportKind Kind)> _kinds =
    [
        ("folder", ExportKind.Folder), ("datapackage", ExportKind.DataPackage), ("ro-crate", ExportKind.RoCrate), ("zip", ExportKind.Zip), ("junit", ExportKind.Junit),
        ("step-summary", ExportKind.StepSummary), ("markdown", ExportKind.Markdown),
    ];

    private readonly Argument<string?> _run = new("run") { Description = "The run's id or folder (default: the newest).", Arity = ArgumentArity.ZeroOrOne };

    private readonly Option<string[]> _to = new Option<string[]>("--to")
    {
        HelpName = string.Join('|', _kinds.Select(kind => kind.Name)),
        Description = "What to make; may be repeated. folder: the redacted run; datapackage, ro-crate: the same, described for other programs; zip: the same with both descriptions, as one file; junit: verdicts as test cases; step-summary: for the page of a GitHub job; markdown: for a post.",
        Arity = ArgumentArity.OneOrMore,
        Required = true,
        AllowMultipleArgumentsPerToken = false,
    }.AcceptOnlyFromAmong([.. _kinds.Select(kind => kind.Name)]);

    private readonly Option<string> _path = new("--out") { HelpName = "PATH", Description = "With one --to the file or folder to write; with several a folder that gets each under the run's id.", Required = true };

    private readonly Option<string[]> _claims = new("--claim") { HelpName = "ID", Description = "With junit, step-summary and markdown: only this claim, for example C3; may be repeated.", DefaultValueFactory = _ => [] };

    private readonly Option<string?> _pictures = new("--pictures") { HelpName = "URL", Description = "With step-summary and markdown: the address of the files of figures/; without it a post gets a copy beside it, and a step's summary no pictures." };

    private readonly Option<string?> _gate = new("--gate") { HelpName = "FILE", Description = "With junit: the answer of 'harness compare --gate --format json'; its alarms become failures." };

    private readonly Option<bool> _withoutRaw = new("--without-raw") { Description = "Also leave out the lists of images' files and the kernels' configurations, which the verdict on C2 uses: a small folder." };

    private readonly Option<bool> _ownDefinitions = new("--own-definitions") { Description = "Let experiments leave that are not this program's own: you have read them." };

    private readonly Option<string?> _author = new("--author") { HelpName = "NAME", Description = "With ro-crate, datapackage and zip: who ran it; without it nobody is named." };

    private readonly Option<string?> _license = new("--license") { HelpName = "SPDX", Description = "With ro-crate, datapackage and zip: the licence of the data by its SPDX id, for example CC-BY-4.0; without it none is stated." };

    private readonly Option<string?> _folder = new("--runs") { HelpName = "DIR", Description = "Folder that runs are looked for in by id (default: results/ of the repository, else ./results)." };

    private readonly Terminal _terminal;

    private ExportCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var own = new ExportCommand(terminal);
        var command = new Command("export", "Write a run for readers and programs elsewhere, without anything private: hosts, users, paths, registries and mirrors are removed and listed. Needs no engine.")
        {
            own._run, own._to, own._path, own._claims, own._pictures, own._gate, own._withoutRaw, own._ownDefinitions, own._author, own._license, own._folder,
        };
        command.Validators.Add(own.Validate);
        command.SetAction((result, cancellation) => Task.Run(() => own.Run(result, cancellation), CancellationToken.None));
        return command;
    }

    private void Validate(CommandResult result)
    {
        if (result.GetValue(_pictures) is { } pictures && !(Uri.TryCreate(pictures, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"))
        {
            result.AddError($"--pictures needs an address that begins with https://, not '{pictures}'");
        }

        if (result.GetValue(_license) is { } license && !license.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '+'))
        {
            result.AddError($"--license needs an SPDX id, as CC-BY-4.0, not '{license}'");
        }

        if (result.GetResult(_gate) is not null && result.GetValue(_to)?.Contains("junit") != true)
        {
            result.AddError("--gate is for --to junit");
        }
    }

    /// <summary>What may leave: the program's own words, but for the names of this machine and its user.</summary>
    /// <param name="ownDefinitions">Whether experiments may leave that are not the program's own.</param>
    /// <param name="withoutRaw">Whether lists of images' files and kernels' configurations stay behind.</param>
    internal static RedactionOptions Redaction(bool ownDefinitions, bool withoutRaw)
    {
        return new RedactionOptions(PublicWords.Read(Locations.Find(null).Experiments, AppContext.BaseDirectory, [Environment.MachineName, Environment.UserName]), ownDefinitions, withoutRaw);
    }

    private int Run(ParseResult result, CancellationToken interruption)
    {
        var runs = new Core.Journaling.RunFolders(Locations.RunsOf(result.GetValue(_folder)));
        var request = new ExportRequest(
            [.. result.GetValue(_to)!.Distinct(StringComparer.Ordinal).Select(name => _kinds.Single(kind => kind.Name == name).Kind)],
            Path.TrimEndingDirectorySeparator(Path.GetFullPath(result.GetValue(_path)!)),
            Redaction(result.GetValue(_ownDefinitions), result.GetValue(_withoutRaw)))
        {
            Claims = [.. result.GetValue(_claims)!.Distinct(StringComparer.Ordinal)],
            Pictures = result.GetValue(_pictures),
            Gate = result.GetValue(_gate) is { } gate ? Read(gate) : null,
            Author = result.GetValue(_author),
            License = result.GetValue(_license),
        };
        var (paths, removed) = Exports.Write(runs.Find(result.GetValue(_run)), request, interruption);
        foreach (var kind in removed.GroupBy(row => row.What).OrderByDescending(kind => kind.Sum(row => row.Times)))
        {
            _terminal.Message(ShownText.OneLine(string.Create(CultureInfo.InvariantCulture, $"removed: {kind.Key}, {kind.Sum(row => row.Times)} times in {string.Join(", ", kind.Select(row => row.File).Distinct())}")));
        }

        foreach (var path in paths)
        {
            _terminal.Answer(path);
        }

        return ExitCode.Ok;
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"--gate: {file} cannot be read ({e.Message.ReplaceLineEndings(" ")}); 'harness compare BASE NEW --gate --format json --out FILE' writes it", e);
        }
    }
}
