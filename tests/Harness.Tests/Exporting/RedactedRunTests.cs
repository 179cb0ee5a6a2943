using System.Text.Json.Nodes;
using System.Xml.Linq;
using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Reporting.Exporting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Exporting;

/// <summary>What belongs together in an export has the same names: gates, locks, hosts, engines, pictures.</summary>
public sealed class RedactedRunTests : IDisposable
{
    private readonly RunBuilder _run = new();
    private readonly string _target = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose()
    {
        _run.Dispose();
        Directory.Delete(_target, recursive: true);
    }

    [Fact]
    public void An_alarm_names_the_cell_as_the_redacted_run_does()
    {
        PlantedRun.Export(PlantedRun.Write(_run), Path.Combine(_target, "out"), ExportKind.Folder, ExportKind.Junit);
        Assert.Empty(PlantedRun.Found(_target));
        var folder = new RunFolder(Assert.Single(Directory.GetDirectories(Path.Combine(_target, "out"))));
        var cells = PlanFile.Read(folder).Trials.Select(trial => trial.Cell).ToHashSet();
        var names = XDocument.Load(folder.Root + ".junit.xml").Descendants("testcase").Where(one => one.Attribute("classname")!.Value == "gate").Select(one => one.Attribute("name")!.Value).ToList();
        Assert.Equal(2, names.Count);
        var cell = names[0]["coverage: ".Length..^" of kernel-identity".Length];
        Assert.StartsWith("removed-", cell, StringComparison.Ordinal);
        Assert.Contains(cell, cells);
    }

    [Fact]
    public void A_lock_that_the_run_was_given_is_redacted_like_that_of_what_it_used()
    {
        PlantedRun.Export(PlantedRun.Write(_run), Path.Combine(_target, "out"), ExportKind.Folder);
        var folder = new RunFolder(Path.Combine(_target, "out"));
        var given = File.ReadAllText(Path.Combine(folder.Definitions, "userlands.lock.json"));
        Assert.Equal(File.ReadAllText(folder.UserlandsLock), given);
        // What stands for a hash is one, so that the lock can be read.
        Assert.Matches("^[0-9a-f]{64}$", JsonNode.Parse(given)!["userlands"]![0]!["provenance"]!["layer_sha256"]!.ToString());
        Assert.Matches("^[0-9a-f]{64}$", PlanFile.Read(folder).Shard!.Plan);
    }

    [Fact]
    public void Tables_of_a_folder_are_read_in_one_order_everywhere()
    {
        var folder = _run.Usual().Build();
        Directory.CreateDirectory(folder.KernelOptions);
        for (var i = 1; i < 40; i++)
        {
            // Not in the order of their names.
            var number = i * 7 % 40;
            File.WriteAllText(Path.Combine(folder.KernelOptions, FormattableString.Invariant($"host-{number:x12}.csv")), $"option,value\nLOCALVERSION,\"\"\"-xyzzy{(char)('a' + (number / 26))}{(char)('a' + (number % 26))}\"\"\"\n");
        }

        RunChecksums.Seal(folder);
        PlantedRun.Export(folder, Path.Combine(_target, "out"), ExportKind.Folder);
        var marks = Directory.GetFiles(new RunFolder(Path.Combine(_target, "out")).KernelOptions).Order(StringComparer.Ordinal).Select(file => int.Parse(File.ReadAllText(file).Split("removed-")[1].TrimEnd('"', '\n'), System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(marks.Order(), marks);
        Assert.Equal(39, marks.Distinct().Count());
    }

    [Fact]
    public void A_post_and_a_crate_name_every_engine()
    {
        var folder = _run.Usual().Build();
        var before = EnvironmentFiles.Read(folder)[0];
        var podman = before.Engine! with { Name = "podman", Version = "4.3.1" };
        EnvironmentFiles.Write(folder, before with { Engine = null, Engines = System.Collections.Immutable.ImmutableSortedDictionary<string, EngineFacts>.Empty.Add("docker", before.Engine!).Add("podman", podman) });
        RunChecksums.Seal(folder);
        var text = Post(folder, "post.md");
        Assert.Contains(", docker 20.10.24, podman 4.3.1; harness", text, StringComparison.Ordinal);
        Assert.Contains("#podman-4.3.1", Crate(folder).Keys);
    }

    [Fact]
    public void In_a_crate_each_host_has_its_own_kernel()
    {
        const string Second = "ba9876543210";
        var graph = Crate(_run.Usual().HostCell(1, host: Second).Build());
        foreach (var host in (string[])[RunBuilder.FirstHost, Second])
        {
            var tool = graph[graph[$"#measuring-{host}"]["instrument"]!["@id"]!.ToString()];
            Assert.Contains($"#linux-{host}", tool["softwareRequirements"]!.AsArray().Select(one => one!["@id"]!.ToString()));
        }
    }

    [Fact]
    public void A_second_post_in_a_folder_leaves_the_pictures_of_the_first()
    {
        var folder = _run.Usual().Build();
        Post(folder, "first.md");
        var picture = Path.Combine(_target, "first.figures", "kernel-identity.svg");
        File.WriteAllText(picture, "of the first");
        var text = Post(folder, "se cond.md");
        Assert.Equal("of the first", File.ReadAllText(picture));
        Assert.Contains("](se%20cond.figures/kernel-identity.svg)", text, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_target, "se cond.figures", "kernel-identity.svg")));
    }

    private string Post(RunFolder folder, string name)
    {
        PlantedRun.Export(folder, Path.Combine(_target, name), ExportKind.Markdown);
        return File.ReadAllText(Path.Combine(_target, name));
    }

    private Dictionary<string, JsonNode> Crate(RunFolder folder)
    {
        var target = new RunFolder(Path.Combine(_target, "crate"));
        PlantedRun.Export(folder, target.Root, ExportKind.RoCrate);
        return JsonNode.Parse(File.ReadAllText(target.Crate))!["@graph"]!.AsArray().ToDictionary(entity => entity!["@id"]!.ToString(), entity => entity!);
    }
}
