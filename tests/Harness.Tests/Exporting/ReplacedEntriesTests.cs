using System.Text.Json.Nodes;
using Harness.Analysis.Checking;
using Harness.Core.Journaling;
using Harness.Reporting.Exporting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Exporting;

/// <summary>A catalogue of the user's gives an id that is public, or one of the program's own, another image or kernel: what that holds stays behind.</summary>
public sealed class ReplacedEntriesTests : IDisposable
{
    private const string Hash = "feedfeedfeedfeedfeedfeedfeedfeedfeedfeedfeedfeedfeedfeedfeedfeed";

    private readonly RunBuilder _run = new();
    private readonly string _target = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose()
    {
        _run.Dispose();
        Directory.Delete(_target, recursive: true);
    }

    [Theory]
    [InlineData("debian:12", "harness/debian:12", "bootstrap: {kind: debian, suite: bookworm, packages: [acme-agent]}")]
    [InlineData("server", "harness/server:latest", "bootstrap: {kind: debian, suite: bookworm, packages: [acme-agent]}")]
    [InlineData("debian:12", "registry.corp.example/base/debian:12", "images: [registry.corp.example/base/debian:12]")]
    // With the lock of such a run and without its catalogue.
    [InlineData("debian:12", "registry.corp.example/base/debian:12", null)]
    [InlineData("debian:12", "quay.io/server/debian:12", null)]
    public void Packages_files_and_digests_of_a_replaced_userland_stay_behind_and_its_digests_agree(string id, string image, string? recipe)
    {
        var redacted = Redacted(id, image, recipe is null ? null : $"userlands:\n  - id: {id}\n    {recipe}\n");
        foreach (var file in Directory.GetFiles(redacted.Root, "*", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file) + file;
            Assert.DoesNotContain("acme", text, StringComparison.Ordinal);
            Assert.DoesNotContain(Hash, text, StringComparison.Ordinal);
        }

        var digest = JsonNode.Parse(File.ReadAllText(redacted.UserlandsLock))!["userlands"]![0]!["digest"]!.ToString();
        Assert.Matches("^sha256:[0-9a-f]{64}$", digest);
        Assert.Contains(digest, File.ReadAllText(redacted.TrialsCsv), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_given_lock_says_of_an_image_that_was_made_stays_behind_for_its_recipe_may_be_another_one_of_that_id()
    {
        var redacted = Redacted("debian:12", "harness/debian:12", null, isGiven: true);
        Assert.True(File.Exists(Path.Combine(redacted.Definitions, "userlands.lock.json")));
        foreach (var file in Directory.GetFiles(redacted.Root, "*", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file) + file;
            Assert.DoesNotContain("acme", text, StringComparison.Ordinal);
            Assert.DoesNotContain(Hash, text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("harness/debian:12")]
    [InlineData("docker.io/library/debian:12")]
    [InlineData("debian@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("mirror.gcr.io/library/debian:12")]
    public void Those_of_the_programs_own_leave(string image)
    {
        var redacted = Redacted("debian:12", image, null);
        var entry = JsonNode.Parse(File.ReadAllText(redacted.UserlandsLock))!["userlands"]![0]!;
        Assert.Equal("4.2+acme1", entry["provenance"]!["packages"]!["acme-agent"]!.ToString());
        Assert.Equal("sha256:" + Hash, entry["digest"]!.ToString());
        Assert.Contains("sha256:" + Hash, File.ReadAllText(redacted.TrialsCsv), StringComparison.Ordinal);
        Assert.Contains("/opt/acme/x", File.ReadAllText(Path.Combine(redacted.Filesystems, Hash + ".csv")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Hashes_of_a_replaced_kernel_stay_behind(bool isReplaced)
    {
        var folder = _run.Usual().Build();
        File.WriteAllText(folder.KernelsLock, $$"""{"schema_version": 1, "kernels": [{"id": "debian-bookworm", "release": "6.1.0-50-cloud-amd64", "source": "{{(isReplaced ? "path" : "debian")}}", "suite": "bookworm", "image_sha256": "{{Hash}}", "config_sha256": "{{Hash}}"}]}""");
        if (isReplaced)
        {
            File.WriteAllText(Path.Combine(folder.Definitions, "catalog-1.yaml"), "schema: 1\nkernels:\n  - id: debian-bookworm\n    path: /srv/acme/bzImage\n");
        }

        Assert.Equal(!isReplaced, File.ReadAllText(Export(folder).KernelsLock).Contains(Hash, StringComparison.Ordinal));
    }

    private RunFolder Redacted(string id, string image, string? catalogue, bool isGiven = false)
    {
        _run.Digests[id] = "sha256:" + Hash;
        var folder = _run.Usual().Container(block: 3, userland: id).Build();
        File.WriteAllText(folder.UserlandsLock, $$"""{"schema_version": 1, "userlands": [{"id": "{{id}}", "image": "{{image}}", "digest": "sha256:{{Hash}}", "image_id": "sha256:{{Hash}}", "architecture": "amd64", "provenance": {"kind": "debian", "layer_sha256": "{{Hash}}", "packages": {"acme-agent": "4.2+acme1"} } }]}""");
        if (isGiven)
        {
            File.Copy(folder.UserlandsLock, Path.Combine(folder.Definitions, Path.GetFileName(folder.UserlandsLock)));
        }

        Directory.CreateDirectory(folder.Filesystems);
        File.WriteAllText(Path.Combine(folder.Filesystems, Hash + ".csv"), "path,type,size,mode,sha256,target\n/opt/acme/x,file,1,0644,,\n");
        if (catalogue is not null)
        {
            File.WriteAllText(Path.Combine(folder.Definitions, "catalog-1.yaml"), "schema: 1\n" + catalogue);
        }

        return Export(folder);
    }

    private RunFolder Export(RunFolder folder)
    {
        RunChecksums.Seal(folder);
        var target = new RunFolder(Path.Combine(_target, "redacted"));
        PlantedRun.Export(folder, target.Root, ExportKind.Folder);
        return target;
    }
}
