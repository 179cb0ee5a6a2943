using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Harness.Analysis.Checking;
using Harness.Benchmarks.Analysis;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Reporting;
using Harness.Reporting.Redacting;
using Harness.Reporting.Sites;
using Spectre.Console;

namespace Harness.Benchmarks.Sites;

/// <summary><c>sites</c>: what adding one run to a site takes, and how large it makes it, the more runs it has.</summary>
internal static class SitesCommand
{
    /// <summary>The command.</summary>
    internal static Command Create(Terminal terminal, Option<int> runs)
    {
        var command = new Command("sites", "Add copies of a made-up run to a site, one at a time: time and size of each, the more runs there are.") { runs };
        command.SetAction((result, cancellation) => Task.Run(() => Run(terminal, result.GetValue(runs), cancellation), cancellation));
        return command;
    }

    private static int Run(Terminal terminal, int runs, CancellationToken cancellation)
    {
        using var original = GeneratedRun.OfStartup(ExperimentsFolder.Read(Locations.Find(null).Experiments), atLeast: 200, cancellation);
        Derivation.Regenerate(original.Folder, cancellation);
        var folder = Directory.CreateTempSubdirectory("harness-benchmark-").FullName;
        try
        {
            var target = Path.Combine(folder, "site");
            var table = new Table().Border(TableBorder.Simple);
            foreach (var column in (string[])["runs", "read and copy one, ms", "make the pages, ms", "bytes of its folder", "bytes of all pages", "a run"])
            {
                table.AddColumn(column);
            }

            var redaction = new RedactionOptions(PublicWords.Read(Locations.Find(null).Experiments, AppContext.BaseDirectory, []), OwnDefinitions: true, WithoutRaw: false);
            var (adding, writing) = (new List<double>(), new List<double>());
            for (var number = 1; number <= runs; number++)
            {
                cancellation.ThrowIfCancellationRequested();
                var copy = Copy(original.Folder, new RunFolder(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"copy-{number:d4}"))), number);
                var site = SiteFolder.Open(target, null);
                adding.Add(Time(() => site.Add(copy, redaction, cancellation)));
                writing.Add(Time(site.Write));
                Directory.Delete(copy.Root, recursive: true);
                if (number is 1 or 10 || number % 50 == 0 || number == runs)
                {
                    // Of the last few, since one may have met something else that the host did.
                    var pages = Size(target, SearchOption.TopDirectoryOnly) + Size(Path.Combine(target, "feeds")) + Size(Path.Combine(target, "badges"));
                    table.AddRow(
                        Whole(number), Whole(Median(adding)), Whole(Median(writing)), Whole(Size(Directory.EnumerateDirectories(Path.Combine(target, "runs")).First())), Whole(pages), Whole(pages / (double)number));
                    terminal.Message(string.Create(CultureInfo.InvariantCulture, $"sites: {number} of {runs} runs"));
                }
            }

            terminal.Out.Write(table);
            terminal.Answer(string.Create(CultureInfo.InvariantCulture, $"Medians of the last 10 additions; {Environment.ProcessorCount} processors. The run has {original.Trials} trials."));
            return ExitCode.Ok;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static string Whole(double number) => number.ToString("N0", CultureInfo.InvariantCulture);

        static double Median(List<double> values) => values.TakeLast(10).Order().ElementAt(Math.Min(10, values.Count) / 2);
    }

    // Another id, a day later each, and sealed as a run of its own.
    private static RunFolder Copy(RunFolder from, RunFolder to, int number)
    {
        foreach (var file in Directory.EnumerateFiles(from.Root, "*", SearchOption.AllDirectories).Where(file => file != from.Sums))
        {
            var copy = Path.Combine(to.Root, Path.GetRelativePath(from.Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var plan = PlanFile.Read(from);
        (plan with { RunId = to.RunId, CreatedAtUtc = plan.CreatedAtUtc.AddDays(number) }).Write(to);
        RunChecksums.Seal(to);
        RunChecksums.RenewDerived(to);
        return to;
    }

    private static double Time(Action what)
    {
        var watch = Stopwatch.StartNew();
        what();
        return watch.Elapsed.TotalMilliseconds;
    }

    private static long Size(string folder, SearchOption depth = SearchOption.AllDirectories) => new DirectoryInfo(folder).EnumerateFiles("*", depth).Sum(file => file.Length);
}
