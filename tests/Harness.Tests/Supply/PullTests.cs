using System.Net;
using Harness.Engines.Contract;
using Harness.Images.Userlands;
using Harness.Runs;
using Harness.Sandboxes.Treatments;

namespace Harness.Tests.Supply;

/// <summary>Pulls side by side: how many, how far, and what registries say of their limits.</summary>
public sealed class PullTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_registry_gets_one_pull_until_it_has_answered_and_then_three_at_a_time()
    {
        var held = new Queue<TaskCompletionSource>();
        var pull = new RegistryPull(
            async (_, _, _, _) =>
            {
                var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                lock (held)
                    held.Enqueue(end);
                await end.Task;
            },
            (_, _) => Task.FromResult(RegistryLogin.None), (_, _) => Task.FromResult((TimeSpan?)null), new Progress<string>(), TimeProvider.System);
        var all = Task.WhenAll(Enumerable.Range(0, 7).Select(number => pull.PullAsync(ImageReference.Parse($"registry.example/a:{number}"), Cancellation)));

        // Under way after each that has ended: one, then three as long as there are as many.
        foreach (var expected in new[] { 1, 3, 3, 3, 3, 2, 1 })
        {
            while (held.Count < expected)
                await Task.Delay(5, Cancellation);
            // One more would have begun by now.
            await Task.Delay(30, Cancellation);
            Assert.Equal(expected, held.Count);
            TaskCompletionSource first;
            lock (held)
                first = held.Dequeue();
            first.SetResult();
        }

        Assert.All(await all, Assert.Null);
    }

    [Fact]
    public void Bytes_are_added_up_over_layers_that_images_share()
    {
        var states = new List<PullState>();
        var tally = new PullTally(new Kept(states), new Steps());
        tally.Plan(2, 300);
        tally.Take(Word("aaa", "Downloading", 50, 100));
        tally.Take(Word("bbb", "Downloading", 10, 200));
        tally.Take(Word("aaa", "Download complete", 0, 0));
        tally.Ended(isThere: true);
        // The other image has the first one's layer, too.
        tally.Take(Word("aaa", "Already exists", 0, 0));
        tally.Take(Word("bbb", "Downloading", 200, 200));
        tally.Ended(isThere: true);

        Assert.Equal((2, 2, 300L, 300L), (states[^1].Images, states[^1].ImagesPlanned, states[^1].Bytes, states[^1].BytesPlanned));
        Assert.Contains(states, state => state is { Images: 1, Bytes: 110 });
        Assert.Equal("pulling: 1 of 2 images, 110.0 of 220.0 MB, about 4 s left", PullLines.Text(new PullState(1, 2, 110_000_000, 220_000_000, TimeSpan.FromSeconds(4))));
        Assert.Equal("pulling: 3 images, 0.0 of 0.0 MB", PullLines.Text(new PullState(3, 0, 0, 0, TimeSpan.Zero)));
    }

    [Fact]
    public void What_a_registry_allows_is_read_as_Docker_Hub_spells_it()
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.OK);
        answer.Headers.Add("ratelimit-limit", "100;w=21600");
        answer.Headers.Add("ratelimit-remaining", "76;w=21600");
        answer.Headers.Add("docker-ratelimit-source", "192.0.2.7");
        var allowance = RegistryAllowance.Read(answer.Headers, DateTimeOffset.UnixEpoch);

        Assert.Equal((100, 76, TimeSpan.FromHours(6), "192.0.2.7", (TimeSpan?)null), (allowance.Limit, allowance.Remaining, allowance.Window, allowance.Source, allowance.RetryAfter));
        Assert.Equal("docker.io allows 100 pulls in 6 h, 76 of them left (counted for 192.0.2.7, not logged in)", allowance.Describe("docker.io", 76, isLoggedIn: false));
        Assert.Equal(
            "docker.io allows 100 pulls in 6 h, 76 of them left (counted for 192.0.2.7, not logged in): 12 of 88 images will have to wait; log in with 'docker login' for more; --resume goes on with them later",
            allowance.Describe("docker.io", 88, isLoggedIn: false));
        using var silent = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        silent.Headers.Add("Retry-After", "Thu, 01 Jan 1970 00:01:00 GMT");
        var asked = RegistryAllowance.Read(silent.Headers, DateTimeOffset.UnixEpoch);
        Assert.Equal(TimeSpan.FromMinutes(1), asked.RetryAfter);
        Assert.Null(asked.Describe("registry.example", 88, isLoggedIn: false));
    }

    private static EngineWord Word(string layer, string status, long current, long total) =>
        total == 0 ? new EngineWord(layer, status) : new EngineWord(layer, status, current, total);

    private sealed class Kept(List<PullState> states) : IProgress<PullState>
    {
        public void Report(PullState value) => states.Add(value);
    }

    // A second passes whenever it is looked at.
    private sealed class Steps : TimeProvider
    {
        private long _now = 1;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _now++;
    }
}
