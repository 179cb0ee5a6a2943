using System.Collections.Immutable;
using System.Text;
using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Reporting;
using Harness.Reporting.Exporting;
using Harness.Reporting.Redacting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Exporting;

/// <summary>A run in whose every field something private stands, and what is looked for in all that leaves.</summary>
internal static class PlantedRun
{
    /// <summary>No byte that leaves may spell one of these.</summary>
    internal static readonly string[] Secrets =
    [
        "hunter2", "corp.example", "10.11.12.13", "s3cret", "buildbox", "fd00:1234", "acmecorp", "Zanzibar", "deadbeefcafe", "52:54:00", "ghp_AbC123", "vault7", "C:\\Users", "nas01store",
        "3a7c91f0b2d4", "10.4.5.6", "172.17.0.2", "00-16-3e", "internal-api", Layer, Fingerprint,
    ];

    // Of a layer that few have, and of a plan whose cells have private names.
    private const string Layer = "feedfeedfeedfeedfeedfeedfeedfeedfeedfeedfeedfeedfeedfeedfeedfeed";
    private const string Fingerprint = "beefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeef";

    /// <summary>Texts as programs, engines and people write them.</summary>
    private const string Said =
        "dial tcp 10.11.12.13:5000: connection refused on buildbox-17 for hunter2@vault7.corp.example; see /home/hunter2/acmecorp/x.log, C:\\Users\\hunter2, \\\\nas01store\\share, "
        + "http://bob:s3cretpass@vault7.corp.example/p?token=ghp_AbC123 [fd00:1234::7]:80 52:54:00:12:34:56 Zanzibar id deadbeefcafe, image registry.corp.example:5000/acmecorp/app:1, "
        + "container 3a7c91f0b2d4 at 10.4.5.6:https of 172.17.0.2-172.17.0.9 (00-16-3e-12-34-56), 127.0.0.1:5000/internal-api:1.4, github.com:acmecorp, https://github.com/acmecorp/../debian";

    private const string Image = "registry.corp.example:5000/acmecorp/app:1";

    /// <summary>A gate's answer about it, made from runs that nobody redacted.</summary>
    internal const string Gate = $$"""
        {"gate": {"exit_code": 1, "alarms": [
          {"kind": "coverage", "name": "{{Image}}|host|docker/runc|| of kernel-identity", "what": "is not measured any more: unavailable: no host vault7", "confirmed": null},
          {"kind": "hunter2", "name": "C1 (acmecorp) of kernel-identity", "what": "qualified → refuted for hunter2@vault7", "confirmed": false}] } }
        """;

    /// <summary>The words of this program.</summary>
    internal static PublicWords Words { get; } = PublicWords.Read(Experiments, AppContext.BaseDirectory, ["vault7", "hunter2"]);

    /// <summary>This program's experiments.</summary>
    internal static string Experiments => Path.Combine(RunBuilder.Repository, "experiments");

    /// <summary>What may leave.</summary>
    internal static RedactionOptions Redaction => new(Words, OwnDefinitions: false, WithoutRaw: false);

    /// <summary>Writes it, sealed and derived.</summary>
    internal static RunFolder Write(RunBuilder builder)
    {
        var readings = KernelReadings.Host with { Release = "6.1.0-acmecorp", Version = $"#1 SMP {Said}", Remark = Said, Btime = null, Cmdline = new string('a', 64) };
        var folder = builder.Usual()
            .Container("runc", 1, readings, Image).Unmeasured(Outcome.Unavailable, Said, block: 4).Unmeasured(Outcome.Broken, Said, block: 3)
            .NotRun(userland: "acmecorp-tool:s3cret").Container("runc", 5, KernelReadings.Host with { MountedOver = [Said] }).Build();
        var before = EnvironmentFiles.Read(folder)[0];
        foreach (var file in Directory.EnumerateFiles(folder.Environments))
        {
            File.Delete(file);
        }

        EnvironmentFiles.Write(folder, before with
        {
            Tool = before.Tool with { Arguments = ["run", "--engine", "tcp://vault7.corp.example:2375", "--out", "/home/hunter2/results", "--image", Image, Said], CommitUnknown = Said },
            Os = new OsFacts($"Debian {Said}", "acmecorp", "s3cret", "x86_64"),
            Kernel = new KernelFacts("6.1.0-acmecorp", Said, "quiet root=UUID=deadbeefcafe hostname=vault7 ip=10.11.12.13 vsyscall=s3cret console=ttyS0 acmecorp.key=1", null, "xonly", Said, Said, 2, Said),
            Hardware = before.Hardware with { CpuModel = $"Intel(R) Xeon(R) E5-2673 {Said}", Hypervisor = Said, Governor = Said, Mitigations = ImmutableSortedDictionary<string, string>.Empty.Add("acmecorp-hunter2", Said) },
            Engine = before.Engine! with { Version = Said, OperatingSystem = Said, KernelVersion = Said, StorageDriver = Said, Components = ImmutableSortedDictionary<string, string>.Empty.Add("acmecorp-s3cret", Said), Runtimes = [Said], SecurityOptions = [Said], FoundBy = Said },
            Remarks = [Said],
        });
        var plan = PlanFile.Read(folder);
        (plan with { Arguments = ["run", Said], Images = [Image], Shard = new PlannedShard([new PlannedPart(1, plan.HostId, plan.RunId)], 1, Fingerprint) }).Write(folder);
        var images = $$"""{"schema_version": 1, "userlands": [{"id": "{{Image}}", "image": "{{Image}}", "digest": "sha256:deadbeefcafe", "architecture": "amd64", "provenance": {"kind": "registry", "layer_sha256": "{{Layer}}", "packages": {"acmecorp-s3cret": "1-acmecorp"} } }]}""";
        File.WriteAllText(folder.UserlandsLock, images);
        File.WriteAllText(Path.Combine(folder.Definitions, "userlands.lock.json"), images);
        File.AppendAllText(folder.Log, Said);
        File.WriteAllText(Path.Combine(folder.Raw, "b001-00000000.console.log"), Said);
        File.AppendAllText(Path.Combine(folder.Raw, "b001-00000000.frames"), Said);
        File.WriteAllText(Path.Combine(folder.Definitions, "catalog-1.yaml"), $"schema: 1\nuserlands:\n  - id: acmecorp-tool:s3cret\n    images: [{Image}]\n");
        File.AppendAllText(Path.Combine(folder.Definitions, "userlands.csv"), "acmecorp-tool:s3cret,acmecorp,s3cret,glibc,2.36,2024-01,2029-01,false,hunter2\n");
        Directory.CreateDirectory(folder.KernelOptions);
        File.WriteAllText(Path.Combine(folder.KernelOptions, $"host-{before.HostId}.csv"), $"option,value\nLOCALVERSION,\"\"\"-acmecorp-{1}\"\"\"\nDEFAULT_HOSTNAME,\"\"\"vault7\"\"\"\nHZ,250\n");
        Directory.CreateDirectory(folder.Filesystems);
        File.WriteAllText(Path.Combine(folder.Filesystems, new string('d', 64) + ".csv"), "path,type,size,mode,sha256,target\n/opt/acmecorp/hunter2.txt,file,1,0644,,\n");
        RunChecksums.Seal(folder);
        Derivation.Regenerate(folder);
        return folder;
    }

    /// <summary>Exports a run.</summary>
    internal static ImmutableArray<string> Export(RunFolder folder, string target, params ImmutableArray<ExportKind> kinds) =>
        Exports.Write(folder, new ExportRequest(kinds, target, Redaction) { Gate = kinds.Contains(ExportKind.Junit) ? Gate : null }, TestContext.Current.CancellationToken).Paths;

    /// <summary>Every file below a path, and what archives among them hold, with the secrets that it spells.</summary>
    internal static IEnumerable<(string File, string Secret)> Found(string path)
    {
        foreach (var file in File.Exists(path) ? [path] : Directory.GetFiles(path, "*", SearchOption.AllDirectories))
        {
            foreach (var secret in Spelled(Encoding.Latin1.GetString(File.ReadAllBytes(file))).Concat(Spelled(file)))
            {
                yield return (file, secret);
            }

            if (Path.GetExtension(file) == ".zip")
            {
                using var archive = System.IO.Compression.ZipFile.OpenRead(file);
                foreach (var entry in archive.Entries)
                {
                    using var stream = entry.Open();
                    using var reader = new StreamReader(stream, Encoding.Latin1);
                    foreach (var secret in Spelled(entry.FullName + "\n" + reader.ReadToEnd()))
                    {
                        yield return (entry.FullName, secret);
                    }
                }
            }
        }
    }

    private static IEnumerable<string> Spelled(string text) => Secrets.Where(secret => text.Contains(secret, StringComparison.OrdinalIgnoreCase));
}
