using System.Diagnostics;
using Harness.Analysis.Checking;
using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Reporting;

namespace Harness.Tests.Analysis;

/// <summary>A run's folder may come from anywhere: nothing in it may lead out of it.</summary>
public sealed class LinkTests : IDisposable
{
    private readonly RunBuilder _run = new();
    private readonly string _elsewhere = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose()
    {
        _run.Dispose();
        Directory.Delete(_elsewhere, recursive: true);
    }

    [Fact]
    public void A_file_that_a_link_beside_the_checksums_names_is_not_overwritten()
    {
        var folder = _run.Usual().Build();
        var victim = Path.Combine(_elsewhere, "victim");
        File.WriteAllText(victim, "mine\n");
        File.CreateSymbolicLink(folder.Sums + ".tmp", victim);
        Derivation.Regenerate(folder);
        Assert.Equal("mine\n", File.ReadAllText(victim));
        Assert.Contains("report.md", File.ReadAllText(folder.Sums), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SHA256SUMS.tmp")]
    [InlineData("raw/observations.csv.tmp")]
    [InlineData("figures")]
    [InlineData("raw/filesystems/x.csv")]
    public void A_run_that_holds_a_link_is_refused_and_the_link_is_named(string link)
    {
        var folder = _run.Usual().Build();
        var path = Path.Combine(folder.Root, link);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.CreateSymbolicLink(path, _elsewhere);
        Assert.StartsWith($"{path}: is a link", Refusal(folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trials.csv")]
    [InlineData("raw")]
    public void What_was_moved_away_and_linked_to_is_refused_by_every_way_in(string name)
    {
        var folder = _run.Usual().Build();
        var (path, moved) = (Path.Combine(folder.Root, name), Path.Combine(_elsewhere, name));
        Directory.Move(path, moved);
        File.CreateSymbolicLink(path, moved);
        Assert.StartsWith($"{path}: is a link", Refusal(folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trials.csv")]
    [InlineData("raw/filesystems")]
    public void The_database_copies_no_table_through_a_link(string name)
    {
        var folder = _run.Usual().Build();
        Directory.CreateDirectory(folder.Filesystems);
        File.WriteAllText(Path.Combine(folder.Filesystems, new string('a', 64) + ".csv"), string.Join(',', FilesystemTable.Columns) + "\n");
        var (path, moved) = (Path.Combine(folder.Root, name), Path.Combine(_elsewhere, Path.GetFileName(name)));
        Directory.Move(path, moved);
        File.CreateSymbolicLink(path, moved);
        var message = Assert.Throws<HarnessException>(() => RunDatabase.Open(folder)).Message;
        Assert.StartsWith($"{path}: is a link", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_in_a_run_is_refused_and_not_read()
    {
        var folder = _run.Usual().Build();
        var pipe = Path.Combine(folder.Raw, "b001-00000001.frames");
        using (var made = Process.Start("mkfifo", [pipe]))
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith($"{pipe}: is neither a file nor a folder", Refusal(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_whose_own_folder_is_reached_by_a_link_is_what_the_user_named()
    {
        var folder = _run.Usual().Build();
        var link = Path.Combine(_elsewhere, "linked");
        File.CreateSymbolicLink(link, folder.Root);
        Assert.Equal("linked", new RunFolders(_elsewhere).Find("linked").RunId);
    }

    [Fact]
    public void What_cannot_be_written_whole_leaves_nothing()
    {
        var path = Path.Combine(_elsewhere, "file");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, _ => throw new InvalidOperationException()));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_elsewhere));
    }

    [Fact]
    public void What_a_killed_writer_left_is_removed_when_the_run_goes_on()
    {
        var folder = _run.Usual().Build();
        File.WriteAllText(Path.Combine(folder.Raw, "x.frames.0123.tmp"), "half");
        using (Journal.Open(folder, RunBuilder.FirstHost))
            Assert.Empty(Directory.EnumerateFiles(folder.Root, "*.tmp", SearchOption.AllDirectories));
        Assert.Empty(RunChecksums.CheckSources(folder));
    }

    private static string Refusal(RunFolder folder) =>
        Assert.Throws<HarnessException>(() => new RunFolders(Path.GetDirectoryName(folder.Root)!).Find(folder.RunId)).Message;
}
