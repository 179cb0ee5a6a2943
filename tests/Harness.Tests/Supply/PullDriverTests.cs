using System.Collections.Immutable;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Engines.Contract;
using Harness.Images.Userlands;
using Harness.Instruments.Pulling;
using Harness.Tests.Pipeline;

namespace Harness.Tests.Supply;

/// <summary>The driver of pulls on an engine that only answers, through the real planner, runner and journal.</summary>
public sealed class PullDriverTests
{
    private static readonly PullSource.Found _source = new(
        ImageReference.Parse("registry.example/a@sha256:1"), "sha256:2", new RegistryManifest("sha256:1", ["sha256:1", "sha256:2"], [new("sha256:3", 1000), new("sha256:4", 24)]));

    [Fact]
    public async Task Every_block_s_pull_is_a_row_and_one_engine_serves_a_cell()
    {
        var engine = new Answering(_ => new PullEnding(Outcome.Ok, "", 5_000_000, 0));
        var results = await RunAsync(engine, _source);

        Assert.Equal(2 * 3, results.Count);
        Assert.Equal((2, 2, 6), (engine.Opened, engine.Closed, engine.Pulls));
        foreach (var result in results)
        {
            Assert.Equal((Outcome.Ok, "sha256:fake"), (result.Outcome, result.ImageDigest[..11]));
            Assert.Equal(
                ["pull_ns 5000000", "pull_bytes 1024", "pull_layers 2", "pull_layers_present 0", "pull_source registry.example/a@sha256:1", "disturbance someone compiled"],
                result.Observations.Select(reading => $"{reading.Metric} {reading.Value?.ToString(System.Globalization.CultureInfo.InvariantCulture)}{reading.Text}"));
        }
    }

    [Fact]
    public async Task Without_a_registry_no_engine_is_started_and_every_row_says_why()
    {
        var engine = new Answering(_ => throw new InvalidOperationException("it is not asked"));
        var results = await RunAsync(engine, new PullSource.Missing("a:1 came from no registry"));

        Assert.Equal(0, engine.Opened);
        Assert.Equal([(Outcome.Unavailable, "a:1 came from no registry")], results.Select(result => (result.Outcome, result.Detail)).Distinct());
    }

    [Fact]
    public async Task One_that_fails_costs_its_own_row_and_the_next_is_pulled()
    {
        var engine = new Answering(pull => pull switch
        {
            1 => new PullEnding(Outcome.Failed, "manifest\nunknown", 0, 0),
            2 => throw new HttpRequestException("the daemon went away"),
            3 => new PullEnding(Outcome.Ok, "", 7, 1),
            _ => new PullEnding(Outcome.Unavailable, "the registry cannot be reached", 0, 0),
        });
        var results = (await RunAsync(engine, _source)).GroupBy(result => result.Trial.Cell).First().ToList();

        Assert.Equal(
            [(Outcome.Failed, "manifest unknown", 0), (Outcome.Broken, "the engine failed: the daemon went away", 0), (Outcome.Ok, "", 6)],
            results.Select(result => (result.Outcome, result.Detail, result.Observations.Length)));
        Assert.Equal(1, Assert.Single(results[2].Observations, reading => reading.Metric == "pull_layers_present").Value);
        Assert.Equal(2, engine.Closed);
    }

    [Fact]
    public async Task One_that_does_not_end_is_a_timeout()
    {
        var results = await RunAsync(new Answering(null), _source, TimeSpan.FromMilliseconds(1));

        Assert.Equal([(Outcome.Timeout, "the image was not there after 0 s")], results.Select(result => (result.Outcome, result.Detail)).Distinct());
    }

    [Fact]
    public async Task The_copy_is_asked_before_the_registry_and_only_the_run_s_own_image_counts()
    {
        var asked = new List<string>();
        var sources = new PullSources(
            (reference, architecture, _) =>
            {
                asked.Add($"{reference.Full} {architecture}");
                return Task.FromResult<(RegistryManifest?, string?)>(asked.Count == 1
                    ? (new RegistryManifest("sha256:other", ["sha256:other"], []), null)
                    : (new RegistryManifest("sha256:d", ["sha256:d", "sha256:id"], []), null));
            },
            new ImageMirror.InRegistry("localhost:5000/h"),
            PullPolicy.Missing);
        var found = Assert.IsType<PullSource.Found>(await sources.FindAsync(Image("registry.example/debian:12", "sha256:d"), TestContext.Current.CancellationToken));

        Assert.Equal(["localhost:5000/h/debian:sha256-id amd64", "registry.example/debian@sha256:d amd64"], asked);
        Assert.Equal(("registry.example/debian@sha256:d", "sha256:id"), (found.Reference.Full, found.ImageId));
    }

    [Theory]
    [InlineData("sha256:id", PullPolicy.Missing, "debian:12 came from no registry: copy it to one with 'harness images lock' and 'images mirror', and name that with --mirror images=HOST:PORT/PREFIX")]
    [InlineData("sha256:d", PullPolicy.Never, "--pull never: no registry is asked")]
    [InlineData("sha256:d", PullPolicy.Always, "nobody there")]
    public async Task Why_nothing_can_be_pulled_is_one_line_with_the_remedy(string digest, PullPolicy policy, string reason)
    {
        var sources = new PullSources((_, _, _) => Task.FromResult<(RegistryManifest?, string?)>((null, "nobody there")), null, policy);

        Assert.Equal(new PullSource.Missing(reason), await sources.FindAsync(Image("debian:12", digest), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Layers_that_were_there_are_counted_once_and_every_word_is_handed_on()
    {
        var next = new Counting();
        var words = new PullWords(next);
        foreach (var (id, status) in new[] { ("12", "Pulling from a"), ("aa", "Already exists"), ("aa", "Already exists"), ("bb", "Download complete"), ("", "Already exists") })
        {
            words.Report(new EngineWord(id, status));
        }

        Assert.Equal((1, 5), (words.Present, next.Count));
    }

    private static async Task<IReadOnlyList<TrialResult>> RunAsync(Answering engine, PullSource source, TimeSpan? timeout = null)
    {
        var definition = Scenario.Definition(timed: true, blocks: 3, warmup: 1);
        using var scenario = new Scenario
        {
            Experiment = definition with
            {
                Matrix = definition.Matrix with { Runtimes = ["runc"] },
                Probes = [new ProbeDefinition("pull", ProbeKind.Pull, [], timeout, "gets the image")],
                Metrics = [.. ExperimentReader.Read(Path.Combine(Analysis.RunBuilder.Repository, "experiments", "startup")).Metrics],
            },
            Conditions = new Busy(),
            Drivers = [new PullDriver((_, _) => Task.FromResult(source), (_, _) => Task.FromResult<IPullEngine>(engine.Open()))],
        };
        await scenario.RunAsync(new FakeRuntime("docker", "runc"));
        return scenario.Results;
    }

    private static UserlandResolution.Found Image(string reference, string digest) => new(
        "sha256:id",
        new UserlandLock { Id = "debian:12", Image = reference, Digest = digest, ImageId = "sha256:id", Architecture = "amd64", Provenance = new Provenance { Kind = "engine" } });

    /// <summary>An engine that answers by the number of the pull; without answers it never does.</summary>
    private sealed class Answering(Func<int, PullEnding>? answer) : IPullEngine
    {
        public int Opened { get; private set; }

        public int Closed { get; private set; }

        public int Pulls { get; private set; }

        public Answering Open()
        {
            Opened++;
            return this;
        }

        public async Task<PullEnding> PullAsync(PullSource.Found source, CancellationToken cancellation)
        {
            if (answer is null)
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            return answer!(++Pulls);
        }

        public ValueTask DisposeAsync()
        {
            Closed++;
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Busy : IMachineConditions, IConditionsReading
    {
        public Task<IConditionsReading> BeginAsync(CancellationToken cancellation) => Task.FromResult<IConditionsReading>(this);

        public ImmutableArray<Observation> End() => [Observation.OfText("disturbance", "", "someone compiled"), Observation.Number("undeclared", "", 1)];
    }

    private sealed class Counting : IProgress<EngineWord>
    {
        public int Count { get; private set; }

        public void Report(EngineWord value) => Count++;
    }
}
