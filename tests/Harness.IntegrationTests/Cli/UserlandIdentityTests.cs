using System.Formats.Tar;
using System.Text;
using Harness.Core.Journaling;
using Harness.Engines.PrivateEngine;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.IntegrationTests.Runtimes;

namespace Harness.IntegrationTests.Cli;

/// <summary>C2 on real containers: busybox, and a tiny image without a shell whose files are awkward.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]   // each test is skipped elsewhere
public sealed class UserlandIdentityTests
{
    [Fact]
    public async Task Two_images_are_listed_once_compared_and_judged_and_the_second_run_needs_no_listing()
    {
        Machine.Require();
        using var repository = new Repository();
        // Joined before the runs: the image must be in the engine that they use.
        Assert.Equal(0, (await repository.HarnessAsync("run", "kernel-identity", "--quick", "--runtime", "runc", "--run-id", "warm-up")).ExitCode);
        var paths = EnginePaths.At(Path.Combine(repository.Cache, "harness"));
        await using (await PrivateDaemon.JoinAsync(paths, new Progress<string>(), TestContext.Current.CancellationToken))
        {
            await ImportAsync(paths);
            var first = await repository.HarnessAsync("run", "userland-identity", "--userland", "busybox:static", "--image", "tiny/tiny:1", "--pull", "never", "--run-id", "a");
            Assert.True(first.ExitCode == 0, first.ToString());
            Assert.Equal(2, first.Error.Split('\n').Count(line => line.Contains("listing and hashing", StringComparison.Ordinal)));
            var second = await repository.HarnessAsync("run", "userland-identity", "--userland", "busybox:static", "--image", "tiny/tiny:1", "--pull", "never", "--run-id", "b");
            Assert.True(second.ExitCode == 0, second.ToString());
            Assert.DoesNotContain("listing and hashing", second.Error, StringComparison.Ordinal);
        }

        var tiny = TinyTable(repository.Run("a"));
        Assert.Equal(
            ["/bin directory", "/bin/hello file", "/bin/hi hardlink /bin/hello", "/data directory", "/data/\\xff file", "/data/new\\nline file", "/etc directory", "/link symlink /bin/hello"],
            tiny.Where(row => row["path"] is not ("/dev" or "/proc" or "/sys" or "/run"))
                .Select(row => $"{row["path"]} {row["type"]} {row["target"]}".TrimEnd()).Order(StringComparer.Ordinal));
        Assert.Equal("4755", tiny.Single(row => row["path"] == "/bin/hello")["mode"]);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("hello\n"u8)), tiny.Single(row => row["path"] == "/bin/hi")["sha256"]);
        Assert.Equal(
            Directory.GetFiles(Path.Combine(repository.Run("a"), "raw", "filesystems")).Select(File.ReadAllText).Order(StringComparer.Ordinal),
            Directory.GetFiles(Path.Combine(repository.Run("b"), "raw", "filesystems")).Select(File.ReadAllText).Order(StringComparer.Ordinal));

        var verdicts = Rows.Verdicts(repository.Run("a")).ToDictionary(row => row["scope"], row => row["verdict"], StringComparer.Ordinal);
        Assert.Equal("supported", verdicts[""]);
        Assert.Equal("supported", verdicts["part=kernel"]);
        Assert.Equal("supported", verdicts["part=userland"]);
        Assert.Equal("not tested", verdicts["part=kernels"]);
        var trials = Rows.Trials(repository.Run("a")).Where(row => row["runtime"] == "runc").ToDictionary(row => row["trial_id"], StringComparer.Ordinal);
        Assert.Equal("refused", trials.Values.Single(row => row["userland"] == "tiny/tiny:1" && row["probe"] == "userland")["outcome"]);
        Assert.Equal(
            "4",
            Rows.Observations(repository.Run("a")).Where(row => row["metric"] == "fs_files" && trials[row["trial_id"]]["userland"] == "tiny/tiny:1").Select(row => row["value"]).Distinct().Single());
        Assert.Equal(0, (await repository.HarnessAsync("verify", "a")).ExitCode);

        // The lists are the run's own: one that is changed afterwards is found out.
        File.AppendAllText(Directory.GetFiles(Path.Combine(repository.Run("a"), "raw", "filesystems"))[0], "/x,file,0,0644,,\n");
        var verify = await repository.HarnessAsync("verify", "a");
        Assert.Equal(1, verify.ExitCode);
        Assert.Contains("raw/filesystems/", verify.Output, StringComparison.Ordinal);
    }

    private static List<Dictionary<string, string>> TinyTable(string run)
    {
        var digest = Rows.Trials(run).First(row => row["userland"] == "tiny/tiny:1")["image_digest"];
        return Rows.Read(Path.Combine(run, "raw", "filesystems", FilesystemTable.FileName(digest)!));
    }

    private static async Task ImportAsync(EnginePaths paths)
    {
        using var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, TarEntryFormat.Gnu, leaveOpen: true))
        {
            await AddAsync(writer, new GnuTarEntry(TarEntryType.Directory, "bin/") { Mode = (UnixFileMode)0b111_101_101 });
            await AddAsync(writer, new GnuTarEntry(TarEntryType.RegularFile, "bin/hello") { Mode = (UnixFileMode)0b100_111_101_101, DataStream = new MemoryStream("hello\n"u8.ToArray()) });
            await AddAsync(writer, new GnuTarEntry(TarEntryType.HardLink, "bin/hi") { LinkName = "bin/hello", Mode = (UnixFileMode)0b100_111_101_101 });
            await AddAsync(writer, new GnuTarEntry(TarEntryType.SymbolicLink, "link") { LinkName = "/bin/hello" });
            await AddAsync(writer, new GnuTarEntry(TarEntryType.Directory, "data/") { Mode = (UnixFileMode)0b111_101_101 });
            await AddAsync(writer, new GnuTarEntry(TarEntryType.RegularFile, "data/new\nline") { DataStream = new MemoryStream("1"u8.ToArray()) });
            await AddAsync(writer, new GnuTarEntry(TarEntryType.RegularFile, "data/@") { DataStream = new MemoryStream("2"u8.ToArray()) });
        }

        using var archive = new MemoryStream(WithOddName(tar.ToArray()));
        await RawDocker.ImportAsync(paths.Socket, "tiny/tiny", "1", archive);
    }

    private static Task AddAsync(TarWriter writer, TarEntry entry) => writer.WriteEntryAsync(entry, TestContext.Current.CancellationToken);

    // .NET writes names as UTF-8 only: the byte 0xff takes a character's place, and the header's sum follows.
    private static byte[] WithOddName(byte[] tar)
    {
        var start = tar.AsSpan().IndexOf("data/@\0"u8);
        tar[start + 5] = 0xff;
        var header = tar.AsSpan(start, 512);
        header.Slice(148, 8).Fill((byte)' ');
        var sum = 0;
        foreach (var value in header)
        {
            sum += value;
        }

        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0").CopyTo(header[148..]);
        return tar;
    }
}
