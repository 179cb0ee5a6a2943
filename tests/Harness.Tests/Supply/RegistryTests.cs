using System.Net;
using System.Text;
using Harness.Engines.Contract;
using Harness.Engines.DockerApi;
using Harness.Images.Userlands;

namespace Harness.Tests.Supply;

public sealed class RegistryTests : IDisposable
{
    private const string Limited = "toomanyrequests: You have reached your pull rate limit";

    private readonly string _folder = Directory.CreateTempSubdirectory("harness-docker-").FullName;
    private readonly List<string> _messages = [];
    private readonly ImmediateTime _time = new();
    private int _attempts;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Sixty_images_of_a_registry_that_cannot_be_reached_cost_one_attempt()
    {
        var pull = Pull(_ => "dial tcp 192.0.2.1:443: connect: connection refused", null);
        var reasons = await Task.WhenAll(Enumerable.Range(0, 60).Select(number => pull.PullAsync(ImageReference.Parse($"registry.example/a:{number}"), Cancellation)));

        Assert.Equal(1, _attempts);
        Assert.Equal("the registry registry.example cannot be reached (dial tcp 192.0.2.1:443: connect: connection refused)", Assert.Single(reasons.Distinct()));
        // The default registry has one name, however it is written; another registry is asked.
        await pull.PullAsync(ImageReference.Parse("debian:12"), Cancellation);
        await pull.PullAsync(ImageReference.Parse("docker.io/library/debian:12"), Cancellation);
        Assert.Equal(2, _attempts);
    }

    [Fact]
    public async Task An_image_that_a_registry_does_not_have_says_nothing_of_the_next()
    {
        var pull = Pull(reference => reference.EndsWith("a:1", StringComparison.Ordinal) ? "manifest unknown" : null, null);

        Assert.Equal("registry.example/a:1: manifest unknown", await pull.PullAsync(ImageReference.Parse("registry.example/a:1"), Cancellation));
        Assert.Null(await pull.PullAsync(ImageReference.Parse("registry.example/b:1"), Cancellation));
    }

    [Fact]
    public async Task A_limit_is_waited_for_as_long_as_the_registry_asks()
    {
        Assert.Null(await Pull(_ => _attempts < 3 ? Limited : null, TimeSpan.FromSeconds(7)).PullAsync(ImageReference.Parse("registry.example/a:1"), Cancellation));
        Assert.Equal([TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7)], _time.Waits);
        Assert.Contains("registry.example limits requests: waiting 7 s", _messages);
    }

    [Fact]
    public async Task Without_a_Retry_After_each_wait_is_twice_the_last_and_a_minute_is_enough()
    {
        var pull = Pull(_ => Limited, null);
        var reason = await pull.PullAsync(ImageReference.Parse("registry.example/a:1"), Cancellation);

        Assert.Equal([2, 4, 8, 16], _time.Waits.Select(wait => wait.TotalSeconds));
        Assert.Contains("docker login", reason, StringComparison.Ordinal);
        var before = _attempts;
        Assert.Equal(reason, await pull.PullAsync(ImageReference.Parse("registry.example/b:1"), Cancellation));
        Assert.Equal(before, _attempts);
    }

    [Fact]
    public async Task A_wait_of_an_hour_is_told_and_not_waited()
    {
        var reason = await Pull(_ => Limited, TimeSpan.FromHours(1)).PullAsync(ImageReference.Parse("registry.example/a:1"), Cancellation);

        Assert.Empty(_time.Waits);
        Assert.Matches("^limit until ([0-9-]{10} )?[0-9]{2}:[0-9]{2} UTC at the registry registry\\.example: ", reason);
        Assert.True(Core.Model.RegistryWait.IsPending("unavailable", reason!));
    }

    [Fact]
    public async Task Retry_After_is_read_from_the_registry_as_seconds_or_a_date()
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(TimeSpan.FromSeconds(30), await Ask(HttpStatusCode.TooManyRequests, "30", now));
        Assert.Equal(TimeSpan.FromSeconds(60), await Ask(HttpStatusCode.TooManyRequests, "Thu, 01 Jan 2026 00:01:00 GMT", now));
        Assert.Null(await Ask(HttpStatusCode.TooManyRequests, null, now));
        Assert.Null(await Ask(HttpStatusCode.Unauthorized, "30", now));
    }

    [Theory]
    [InlineData("docker.io", false, "https://registry-1.docker.io/v2/")]
    [InlineData("localhost:5000", false, "http://localhost:5000/v2/")]
    [InlineData("127.0.0.1:5000", false, "http://127.0.0.1:5000/v2/")]
    [InlineData("localhost:5443", true, "https://localhost:5443/v2/")]
    [InlineData("[::1]:5443", true, "https://[::1]:5443/v2/")]
    [InlineData("quay.io", false, "https://quay.io/v2/")]
    public async Task A_registry_on_loopback_is_asked_by_https_first(string host, bool speaksTls, string address)
    {
        using var client = new HttpClient(new Loopback(speaksTls));
        Assert.Equal(address, (await RegistryAddress.FindAsync(client, host, Cancellation)).ToString());
    }

    [Fact]
    public async Task A_registry_on_loopback_needs_no_certificate_that_anybody_trusts_as_with_engines()
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=nobody", key, System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var host = $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        var served = Task.Run(
            async () =>
            {
                using var connection = await listener.AcceptTcpClientAsync(Cancellation);
                await using var stream = new System.Net.Security.SslStream(connection.GetStream());
                await stream.AuthenticateAsServerAsync(certificate);
                _ = await stream.ReadAsync(new byte[4096], Cancellation);
                await stream.WriteAsync("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), Cancellation);
            },
            Cancellation);
        using var client = RegistryAddress.CreateClient(TimeSpan.FromSeconds(20));

        Assert.Equal($"https://{host}/v2/", (await RegistryAddress.FindAsync(client, host, Cancellation)).ToString());
        await served;
    }

    [Theory]
    [InlineData(typeof(System.Text.Json.JsonException))]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(HttpRequestException))]
    public async Task An_engine_that_answers_half_a_word_costs_that_image_and_not_the_run(Type failure)
    {
        var pull = new RegistryPull(
            async (_, _, _, _) => await DockerCalls.Of(Task.FromException((Exception)Activator.CreateInstance(failure, "half a word")!)),
            (_, _) => Task.FromResult(RegistryLogin.None), (_, _) => Task.FromResult((TimeSpan?)null), new Kept(_messages), _time);

        Assert.Equal("registry.example/a:1: half a word", await pull.PullAsync(ImageReference.Parse("registry.example/a:1"), Cancellation));
    }

    private static async Task<TimeSpan?> Ask(HttpStatusCode status, string? retryAfter, DateTimeOffset now)
    {
        using var client = new HttpClient(new Fixed(status, retryAfter));
        return await RateLimit.AskAsync(client, "registry.example", now, Cancellation);
    }

    private RegistryPull Pull(Func<string, string?> answer, TimeSpan? retryAfter) => new(
        (reference, _, _, _) =>
        {
            _attempts++;
            return answer(reference) is { } failure ? throw new EngineException(failure) : Task.CompletedTask;
        },
        (_, _) => Task.FromResult(RegistryLogin.None), (_, _) => Task.FromResult(retryAfter), new Kept(_messages), _time);

    private sealed class Kept(List<string> messages) : IProgress<string>
    {
        public void Report(string value) => messages.Add(value);
    }

    private sealed class Loopback(bool speaksTls) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            speaksTls ? Task.FromResult(new HttpResponseMessage(HttpStatusCode.Unauthorized)) : throw new HttpRequestException("no TLS there");
    }

    private sealed class Fixed(HttpStatusCode status, string? retryAfter) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = new HttpResponseMessage(status);
            if (retryAfter is not null)
                answer.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
            return Task.FromResult(answer);
        }
    }

    /// <summary>Every wait is over at once and kept; limits of silence (15 s and more, made by CancelAfter) never fire.</summary>
    private sealed class ImmediateTime : TimeProvider
    {
        private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);

        public List<TimeSpan> Waits { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == _patience || dueTime < TimeSpan.Zero || dueTime == TimeSpan.FromMinutes(2))
                return new Never();
            Waits.Add(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }

        private sealed class Never : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
