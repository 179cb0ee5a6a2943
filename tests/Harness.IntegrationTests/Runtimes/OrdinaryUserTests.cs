using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Harness.Engines.PrivateEngine;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.IntegrationTests.Cli;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>Most who run this are not root: they have an engine by its group.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class OrdinaryUserTests
{
    // What --quick plans, but for the fleets: userlands from packages, disks of virtual machines, all runtimes.
    private static readonly string[] _plan = ["run", "kernel-identity", "userland-identity", "distro-matrix", "syscall-surface", "startup", "--quick", "--repeat", "1"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_ordinary_user_measures_most_of_what_root_measures()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox", "mmdebstrap", "qemu-system-x86_64");
        foreach (var (program, package) in new[] { ("newuidmap", "uidmap"), ("mke2fs", "e2fsprogs"), ("useradd", "passwd"), ("setpriv", "util-linux") })
            await Tools.RequireAsync(program, package);
        using var users = new EngineMachine();
        await using var daemon = await PrivateDaemon.JoinAsync(users.Paths, new Progress<string>(), Cancellation);
        var engine = "unix://" + users.Paths.Socket;
        using var user = await OrdinaryUser.CreateAsync();
        OpenTheWay(users);

        using var root = new Repository();
        var byRoot = await root.HarnessAsync([.. _plan, "--run-id", "r", "--engine", engine]);
        using var ordinary = new Repository { Through = user.Through(OwnedPath.GroupOf(users.Paths.Socket)!.Value), Program = await user.HarnessAsync() };
        await user.OwnAsync(ordinary.Root);
        var byUser = await ordinary.HarnessAsync([.. _plan, "--run-id", "r", "--engine", engine]);

        Assert.True(byRoot.ExitCode == 0 && byUser.ExitCode == 0, $"{byRoot}\n{byUser}");
        var (all, some) = (Measured(root), Measured(ordinary));
        await TellAsync(some.Count, all.Count);
        Assert.True(some.Count >= 0.85 * all.Count, $"{some.Count} of {all.Count}\n{byUser}");
        // Without an engine the user makes the userland, and its disk: it is too large for memory.
        var disk = await ordinary.HarnessAsync("run", "kernel-identity", "--run-id", "disk", "--userland", "debian:12", "--runtime", "qemu", "--repeat", "1", "--kernel", "debian-bookworm");
        Assert.Contains(Rows.Trials(ordinary.Run("disk")), row => row["runtime"] == "qemu" && row["outcome"] == "ok");
        Assert.True(disk.ExitCode == 0, disk.ToString());
        // The very bytes that root makes.
        Assert.Subset(Layers(root).ToHashSet(), Layers(ordinary).ToHashSet());
        Assert.True(Layers(ordinary).Count > 1, disk.ToString());
        foreach (var runtime in new[] { "runc", "namespaces" })
            Assert.Contains(Rows.Trials(ordinary.Run("r")), row => IsRootless(row) && row["runtime"] == runtime && row["outcome"] == "ok");
        Assert.Contains(Rows.Observations(ordinary.Run("r")), row => row["metric"] == "treatment_proof" && row["subject"] == "user namespace" && row["text"].StartsWith("proven", StringComparison.Ordinal));
        Assert.DoesNotContain(Rows.Trials(root.Run("r")), row => IsRootless(row) && row["outcome"] != "unavailable");
    }

    /// <summary>Tests of whole runs, by the test runner as such a user: what it says of each is the user's own experience.</summary>
    [Fact]
    public async Task Whole_runs_interruptions_and_resuming_hold_where_an_ordinary_user_tests_them()
    {
        await EngineMachine.NeedAsync("dockerd", "runsc", "busybox");
        foreach (var (program, package) in new[] { ("newuidmap", "uidmap"), ("useradd", "passwd"), ("setpriv", "util-linux"), ("mmdebstrap", "mmdebstrap") })
            await Tools.RequireAsync(program, package);
        using var users = new EngineMachine();
        await using var daemon = await PrivateDaemon.JoinAsync(users.Paths, new Progress<string>(), Cancellation);
        using var user = await OrdinaryUser.CreateAsync();
        OpenTheWay(users);
        var runner = await user.ProgramAsync("Harness.IntegrationTests");

        // One after the other: they share an engine, and call their runs by one name.
        var through = user.Through(OwnedPath.GroupOf(users.Paths.Socket)!.Value);
        var tests = await new Command(through[0], [.. through.Skip(1), $"{Cli.Machine.EngineVariable}=unix://{users.Paths.Socket}", "HARNESS_PROVISION=", runner, "-trait", $"{Cli.Machine.Category}={Cli.Machine.OrdinaryUser}", "-parallel", "none"]).RunAsync(Cancellation);

        var summary = Regex.Match(tests.Output, @"Total: (\d+), Errors: (\d+), Failed: (\d+), Skipped: (\d+)");
        Assert.True(summary.Success && tests.ExitCode == 0, tests.Output + tests.Error);
        Assert.Equal(("0", "0", "0"), (summary.Groups[2].Value, summary.Groups[3].Value, summary.Groups[4].Value));
        Assert.True(int.Parse(summary.Groups[1].Value, CultureInfo.InvariantCulture) >= 6, tests.Output);
    }

    // Where CI shows it: a runner prints nothing of a test that passed.
    private static async Task TellAsync(int some, int all)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"An ordinary user measured {some} of the {all} rows that root measured ({100.0 * some / all:0.0} %).\n");
        TestContext.Current.TestOutputHelper?.Write(line);
        if (Environment.GetEnvironmentVariable("HARNESS_TEST_FACTS") is { Length: > 0 } file)
            await File.AppendAllTextAsync(file, line, Cancellation);
    }

    private static bool IsRootless(Dictionary<string, string> row) => row["variant"] == "rootless=yes";

    // Sockets lie in folders that only their owner enters; an installed engine's is for its group.
    private static void OpenTheWay(EngineMachine users)
    {
        const UnixFileMode Enter = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        for (var folder = Path.GetDirectoryName(users.Paths.Socket)!; folder.StartsWith(users.Paths.Root, StringComparison.Ordinal); folder = Path.GetDirectoryName(folder)!)
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | Enter);
    }

    private static List<string> Measured(Repository repository) =>
        [.. Rows.Trials(repository.Run("r")).Where(row => row["outcome"] is not ("unavailable" or "broken")).Select(row => $"{row["experiment"]} {row["cell"]} {row["probe"]} {row["block"]}")];

    private static List<string> Layers(Repository repository) =>
        [.. Directory.EnumerateFiles(Path.Combine(repository.Cache, "harness", "userlands"), "provenance.json", SearchOption.AllDirectories)
            .Select(file => File.ReadLines(file).Single(line => line.Contains("layerSha256", StringComparison.Ordinal))).Order(StringComparer.Ordinal)];
}
