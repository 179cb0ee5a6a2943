using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Running;

namespace Harness.Tests.Pipeline;

/// <summary>Listing images as the runner does it, on runtimes that start nothing.</summary>
public sealed class FilesystemTests
{
    private static readonly string _digest = "sha256:" + new string('a', 64);

    private static readonly FakeRuntime _host = new("", "host") { OnPrepare = _ => new Preparation.Ready("") };

    private static ExperimentDefinition Listing { get; } = Scenario.Definition(blocks: 2) with
    {
        Filesystem = true,
        Metrics =
        [
            .. Scenario.Definition().Metrics,
            new MetricDefinition("fs_files", MetricType.Number, "", "files"),
            new MetricDefinition("fs_executables", MetricType.Number, "", "programs"),
            new MetricDefinition("fs_symlinks", MetricType.Number, "", "links"),
            new MetricDefinition("fs_bytes", MetricType.Number, "bytes", "bytes"),
        ],
    };

    [Fact]
    public async Task Each_image_is_listed_once_and_told_in_every_trial_of_its_cells()
    {
        using var scenario = new Scenario { Experiment = Listing };
        var runtime = new Exporting((_, path) => Write(path));
        await scenario.RunAsync(_host, runtime);
        Assert.Equal(1, runtime.Exports);
        Assert.True(File.Exists(Path.Combine(scenario.Folder.Filesystems, new string('a', 64) + ".csv")));
        Assert.All(scenario.Results.Where(result => result.Trial.Cell.Runtime == "runc"), result => Assert.Equal(
            [Observation.Number("fs_files", "", 2), Observation.Number("fs_executables", "", 1), Observation.Number("fs_symlinks", "", 1), Observation.Number("fs_bytes", "", 7)],
            result.Observations.Where(reading => reading.Metric.StartsWith("fs_", StringComparison.Ordinal))));
        Assert.All(scenario.Results.Where(result => result.Trial.Cell.Runtime == "host"), result => Assert.DoesNotContain(result.Observations, IsAboutFiles));
    }

    [Fact]
    public async Task An_experiment_that_does_not_ask_has_nothing_listed()
    {
        using var scenario = new Scenario { Experiment = Listing with { Filesystem = false } };
        var runtime = new Exporting((_, path) => Write(path));
        await scenario.RunAsync(_host, runtime);
        Assert.Equal(0, runtime.Exports);
        Assert.DoesNotContain(scenario.Results.SelectMany(result => result.Observations), IsAboutFiles);
    }

    [Fact]
    public async Task What_could_not_be_listed_is_a_reading_with_its_reason()
    {
        using var scenario = new Scenario { Experiment = Listing };
        await scenario.RunAsync(_host, new Exporting((_, _) => "the engine\nfell asleep"));
        Assert.All(Runc(scenario), reasons => Assert.Equal("the engine fell asleep", Assert.Single(reasons)));
        Assert.Empty(Directory.EnumerateFiles(scenario.Folder.Filesystems));
    }

    [Fact]
    public async Task An_export_that_throws_costs_its_readings_not_the_run()
    {
        using var scenario = new Scenario { Experiment = Listing };
        await scenario.RunAsync(_host, new Exporting((_, _) => throw new InvalidOperationException("boom")));
        Assert.All(scenario.Results, result => Assert.Equal(Outcome.Ok, result.Outcome));
        Assert.All(Runc(scenario), reasons => Assert.Contains("boom", Assert.Single(reasons), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_table_that_is_none_is_not_believed()
    {
        using var scenario = new Scenario { Experiment = Listing };
        await scenario.RunAsync(_host, new Exporting((_, path) =>
        {
            File.WriteAllText(path, "path,type\n/a,file\n");
            return null;
        }));
        Assert.All(Runc(scenario), reasons => Assert.Contains("columns", Assert.Single(reasons), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_runtime_that_cannot_export_and_a_digest_that_is_none_are_said()
    {
        using var scenario = new Scenario { Experiment = Listing };
        await scenario.RunAsync(_host, new FakeRuntime("docker", "runc") { OnPrepare = _ => new Preparation.Ready(_digest) });
        Assert.All(Runc(scenario), reasons => Assert.Contains("docker/runc cannot list", Assert.Single(reasons), StringComparison.Ordinal));

        using var other = new Scenario { Experiment = Listing };
        await other.RunAsync(_host, new Exporting((_, path) => Write(path), "../../escape"));
        Assert.All(Runc(other), reasons => Assert.Contains("not a digest", Assert.Single(reasons), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_list_from_before_an_interruption_is_kept()
    {
        using var scenario = new Scenario { Experiment = Listing };
        Directory.CreateDirectory(scenario.Folder.Filesystems);
        Write(Path.Combine(scenario.Folder.Filesystems, new string('a', 64) + ".csv"));
        var runtime = new Exporting((_, _) => throw new InvalidOperationException("not again"));
        await scenario.RunAsync(_host, runtime);
        Assert.Equal(0, runtime.Exports);
        Assert.All(Runc(scenario), Assert.Empty);
    }

    [Theory]
    [InlineData("path,type,size,mode,sha256,target\n/a,file,x,0644,,\n")]
    [InlineData("path,type,size,mode,sha256,target\n/a,file,1,0999,,\n")]
    [InlineData("path,type,size,mode,sha256,target\n/a,file\n")]
    [InlineData("")]
    public void A_torn_table_is_no_table(string text)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            Assert.ThrowsAny<FormatException>(() => FilesystemTable.Summarise(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static bool IsAboutFiles(Observation reading) =>
        reading.Metric.StartsWith("fs_", StringComparison.Ordinal) || (reading.Metric == "unavailable" && reading.Subject == "filesystem");

    private static IEnumerable<string[]> Runc(Scenario scenario) => scenario.Results
        .Where(result => result.Trial.Cell.Runtime == "runc")
        .Select(result => result.Observations.Where(reading => reading.Metric == "unavailable").Select(reading => reading.Text!).ToArray());

    private static string? Write(string path)
    {
        FilesystemTable.Write(path,
        [
            new FilesystemEntry("/b", FilesystemEntryType.Hardlink, 7, 0x1A4, "00", "/a"),
            new FilesystemEntry("/a", FilesystemEntryType.File, 7, 0x1ED, "00", ""),
            new FilesystemEntry("/l", FilesystemEntryType.Symlink, 0, 0x1FF, "", "a"),
            new FilesystemEntry("/d", FilesystemEntryType.Directory, 0, 0x1FF, "", ""),
        ]);
        return null;
    }

    /// <summary>A fake runtime that tells what its one image holds.</summary>
    private sealed class Exporting(Func<Cell, string, string?> export, string? digest = null) : IRuntime, IUserlandExport
    {
        private readonly FakeRuntime _runtime = new("docker", "runc") { OnPrepare = _ => new Preparation.Ready(digest ?? _digest) };
        private int _exports;

        public int Exports => _exports;

        public string Engine => _runtime.Engine;

        public string Runtime => _runtime.Runtime;

        public Task<Preparation> PrepareAsync(Cell cell, IProgress<string> messages, CancellationToken cancellation) => _runtime.PrepareAsync(cell, messages, cancellation);

        public Task<SandboxEnd> RunAsync(SandboxRequest request, IChannelSink channel, CancellationToken cancellation) => _runtime.RunAsync(request, channel, cancellation);

        public Task<string?> ExportAsync(Cell cell, string path, IProgress<string> messages, CancellationToken cancellation)
        {
            Interlocked.Increment(ref _exports);
            return Task.FromResult(export(cell, path));
        }
    }
}
