using System.Text;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Tests.Pipeline;

public sealed class ResumeTests
{
    private static readonly FakeRuntime _host = new("", "host");

    [Fact]
    public async Task A_finished_run_starts_nothing_again()
    {
        using var scenario = new Scenario();
        await scenario.RunAsync(_host, new FakeRuntime("docker", "runc"));
        var before = File.ReadAllBytes(scenario.Folder.TrialsCsv);
        var again = new FakeRuntime("docker", "runc");
        await scenario.RunAsync(_host, again);
        Assert.Equal(0, again.Starts);
        Assert.Equal(before, File.ReadAllBytes(scenario.Folder.TrialsCsv));
    }

    [Fact]
    public async Task Cut_anywhere_a_run_resumes_to_the_same_trials_and_readings()
    {
        using var scenario = new Scenario { Experiment = Scenario.Definition(blocks: 2) };
        await scenario.RunAsync(_host, Talkative());
        var trials = File.ReadAllBytes(scenario.Folder.TrialsCsv);
        var observations = File.ReadAllBytes(scenario.Folder.ObservationsCsv);
        var expected = Readings(scenario.Folder);
        var random = new SplitMix64(7);
        for (var attempt = 0; attempt < 60; attempt++)
        {
            // What SIGKILL can leave: any prefix of the readings that covers the committed rows, and any prefix of the rows.
            var rows = random.Next(trials.Length + 1);
            var ids = JournalIds(trials.AsSpan(0, (int)JournalRepair.WholeRecords(trials.AsSpan(0, rows))));
            var least = LastOffset(observations, ids);
            var readings = least + random.Next(observations.Length - least + 1);
            File.WriteAllBytes(scenario.Folder.TrialsCsv, trials[..rows]);
            File.WriteAllBytes(scenario.Folder.ObservationsCsv, observations[..readings]);
            await scenario.RunAsync(_host, Talkative());
            Assert.Equal(expected, Readings(scenario.Folder));
        }
    }

    [Fact]
    public void A_line_feed_within_quotes_ends_no_record()
    {
        Assert.Equal(4, JournalRepair.WholeRecords("a,b\n\"c\nd"u8));
        Assert.Equal(10, JournalRepair.WholeRecords("a,b\n\"c\nd\"\n"u8));
        Assert.Equal(0, JournalRepair.WholeRecords(""u8));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1 << 20)]
    public void A_table_is_read_piece_by_piece_with_the_same_end_wherever_the_pieces_end(int size)
    {
        var random = new SplitMix64(11);
        var csv = Enumerable.Range(0, 200_000).Select(_ => (byte)"ab,\"\n"[random.Next(5)]).ToArray();
        using var pieces = new Pieces(csv, size);
        Assert.Equal(JournalRepair.WholeRecords(csv.AsSpan()), JournalRepair.WholeRecords(pieces));
        Assert.InRange(pieces.MostAsked, 1, 1 << 16);
    }

    [Fact]
    public async Task Readings_without_their_trials_row_are_cut_and_the_others_keep_their_bytes()
    {
        using var scenario = new Scenario();
        await scenario.RunAsync(_host, Talkative());
        var before = File.ReadAllText(scenario.Folder.ObservationsCsv);
        File.AppendAllText(scenario.Folder.ObservationsCsv, "run-1,ffffffffffffffff,release,,,,\"an orphan\n of two lines\"\nrun-1,torn");
        using (Journal.Open(scenario.Folder, Scenario.HostId))
            Assert.Equal(before, File.ReadAllText(scenario.Folder.ObservationsCsv));
    }

    [Theory]
    [InlineData("limit until 14:05 UTC at the registry docker.io: log in with 'docker login', or continue the run later with --resume; no image of b:2", true, false)]
    [InlineData("no image of b:2; the registry docker.io cannot be reached (no such host)", true, true)]
    [InlineData("no image of b:2; registry.example/b:2: manifest unknown", false, true)]
    [InlineData("--pull never: limit until then", false, true)]
    public async Task Trials_that_wait_for_a_registry_are_tried_again_and_no_others(string reason, bool isTriedAgain, bool isFinished)
    {
        using var scenario = new Scenario();
        await scenario.RunAsync(_host, new FakeRuntime("docker", "runc") { OnPrepare = cell => cell.Userland == "b:2" ? new Core.Running.Preparation.Unavailable(reason) : new Core.Running.Preparation.Ready("sha256:fake") });
        Assert.Equal(isFinished, JournalRepair.SettledTrials(scenario.Folder).Count == scenario.Plan().Trials.Count());
        var measured = File.ReadLines(scenario.Folder.TrialsCsv).Where(line => line.Contains(",ok,", StringComparison.Ordinal)).ToList();
        var again = new FakeRuntime("docker", "runc");
        await scenario.RunAsync(_host, again);

        Assert.Equal(isTriedAgain ? 1 : 0, again.Starts);
        Assert.Equal(scenario.Plan().Trials.Count(), File.ReadLines(scenario.Folder.TrialsCsv).Count() - 1);
        Assert.All(measured, line => Assert.Contains(line, File.ReadLines(scenario.Folder.TrialsCsv)));
    }

    // A file that gives so much at a time, and keeps how much it was asked for.
    private sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public int MostAsked { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            MostAsked = Math.Max(MostAsked, buffer.Length);
            return base.Read(buffer[..Math.Min(size, buffer.Length)]);
        }
    }

    [Fact]
    public async Task Two_writers_of_one_run_are_refused()
    {
        using var scenario = new Scenario();
        await scenario.RunAsync(_host, new FakeRuntime("docker", "runc"));
        using var first = Journal.Open(scenario.Folder, Scenario.HostId);
        var refused = Assert.Throws<Core.HarnessException>(() => Journal.Open(scenario.Folder, Scenario.HostId));
        Assert.Contains("another process writes this run", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_file_gives_the_plan_back()
    {
        using var scenario = new Scenario { Experiment = Scenario.Definition(blocks: 2, repeat: 2, warmup: 1) };
        var plan = scenario.Plan();
        var file = new PlanFile
        {
            RunId = "run-1",
            HostId = Scenario.HostId,
            Seed = ulong.MaxValue,
            Quick = false,
            CreatedAtUtc = DateTimeOffset.UnixEpoch,
            ToolVersion = "0",
            Arguments = ["run", "sample"],
            Experiments = ["sample"],
            Trials = PlanFile.Rows(plan, Scenario.HostId),
        };
        Directory.CreateDirectory(scenario.Folder.Root);
        file.Write(scenario.Folder);
        var read = PlanFile.Read(scenario.Folder);
        Assert.Equal(file.ToJson(), read.ToJson());
        Assert.Equal(plan.Trials, read.ToPlan([scenario.Experiment]).Trials);
        Assert.Equal(plan.Sandboxes.Length, read.ToPlan([scenario.Experiment]).Sandboxes.Length);
    }

    private static FakeRuntime Talkative() => new("docker", "runc")
    {
        OnRun = sandbox =>
        {
            sandbox.Hello();
            for (ushort index = 0; index < sandbox.Probes; index++)
            {
                sandbox.Probe(
                    index,
                    new Core.Protocol.TextFrame(index, "release", "a \"quoted\", subject", Core.Protocol.RawBytes.FromText("")),
                    new Core.Protocol.NumberFrame(index, "btime", "", 42));
            }

            sandbox.Bye();
            return Task.FromResult<Core.Running.SandboxEnd>(new Core.Running.SandboxEnd.Exited(0, false));
        },
    };

    // Each trial's outcome and readings, by trial, whatever the order.
    private static List<string> Readings(RunFolder folder)
    {
        var rows = new List<string>();
        foreach (var line in File.ReadLines(folder.ObservationsCsv).Skip(1))
        {
            rows.Add(line);
        }

        using var reader = CsvHelper.CsvReader.FromFile(folder.TrialsCsv, Csv.ReaderOptions);
        while (reader.Read())
        {
            rows.Add($"{reader.GetString("trial_id")} {reader.GetString("outcome")}");
        }

        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    private static HashSet<string> JournalIds(ReadOnlySpan<byte> csv) =>
        [.. Encoding.UTF8.GetString(csv).Split('\n').Skip(1).Where(line => line.Length > 0).Select(line => line.Split(',')[1])];

    private static int LastOffset(byte[] observations, HashSet<string> ids)
    {
        var (offset, last) = (0, 0);
        foreach (var line in Encoding.UTF8.GetString(observations).Split('\n'))
        {
            offset += line.Length + 1;
            if (line.Split(',') is [_, var id, ..] && ids.Contains(id))
            {
                last = Math.Min(offset, observations.Length);
            }
        }

        return last;
    }
}
