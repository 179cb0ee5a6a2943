using System.Text;
using Harness.Images.Userlands;

namespace Harness.Tests.Supply;

/// <summary>Which login a registry gets, of those that Docker's settings hold.</summary>
public sealed class RegistryLoginTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-docker-").FullName;
    private readonly List<string> _messages = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("registry.example", "user", "pass:word", "")]
    [InlineData("docker.io", "hub", "secret", "")]
    [InlineData("token.example", null, null, "idtoken")]
    [InlineData("old.example", "old", "pw", "")]
    [InlineData("plain.example:5000", "p", "q", "")]
    [InlineData("none.example", null, null, "")]
    public async Task Stored_logins_are_found_under_each_spelling_of_their_registry(string host, string? user, string? password, string token)
    {
        var entries = new[]
        {
            $"\"registry.example\": {{\"auth\": \"{Base64("user:pass:word")}\"}}",
            $"\"https://index.docker.io/v1/\": {{\"auth\": \"{Base64("hub:secret")}\"}}",
            "\"token.example\": {\"auth\": \"\", \"identitytoken\": \"idtoken\"}",
            $"\"https://old.example/v2/\": {{\"auth\": \"{Base64("old:pw")}\"}}",
            "\"plain.example:5000\": {\"username\": \"p\", \"password\": \"q\"}",
        };
        Config("{\"auths\": {" + string.Join(',', entries) + "}}");
        var found = await Credentials((_, _, _) => throw new InvalidOperationException("no helper is named")).FindAsync(host, Cancellation);

        Assert.Equal((user, password, token), (found.Username, found.Password, found.IdentityToken ?? ""));
        Assert.Empty(_messages);
    }

    [Fact]
    public async Task A_helper_of_the_registry_wins_over_the_store_and_both_over_what_is_written()
    {
        Config("""{"credHelpers": {"own.example": "own"}, "credsStore": "store", "auths": {"own.example": {"auth": "eDp5"}, "left.example": {"auth": "eDp5"}}}""");
        var asked = new List<string>();
        var credentials = Credentials((helper, server, _) =>
        {
            asked.Add($"{helper} {server}");
            return server == "left.example" ? throw new IOException("credentials not found in native keychain")
                : Task.FromResult(server == "token.example" ? """{"Username": "<token>", "Secret": "t"}""" : """{"ServerURL": "", "Username": "u", "Secret": "s"}""");
        });

        Assert.Equal("u", (await credentials.FindAsync("own.example", Cancellation)).Username);
        Assert.Equal("t", (await credentials.FindAsync("token.example", Cancellation)).IdentityToken);
        Assert.Equal("x", (await credentials.FindAsync("left.example", Cancellation)).Username);
        Assert.Equal("u", (await credentials.FindAsync("docker.io", Cancellation)).Username);
        await credentials.FindAsync("own.example", Cancellation);
        Assert.Equal(["own own.example", "store token.example", "store left.example", "store https://index.docker.io/v1/"], asked);
        Assert.Empty(_messages);
    }

    [Fact]
    public async Task A_helper_that_fails_is_told_and_pulling_goes_on_without_a_login()
    {
        Config("""{"credsStore": "lost"}""");
        Assert.Null((await Credentials(DockerCredentials.AskAsync).FindAsync("a.example", Cancellation)).Username);
        Assert.Contains("docker-credential-lost does not answer for a.example", Assert.Single(_messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_that_cannot_be_read_are_told_and_show_no_secret()
    {
        Config("""{"auths": {"a.example": {"auth": "!not base64!"}}}""");
        Assert.Null((await Credentials(DockerCredentials.AskAsync).FindAsync("a.example", Cancellation)).Username);
        Assert.DoesNotContain("not base64!", Assert.Single(_messages), StringComparison.Ordinal);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private void Config(string json) => File.WriteAllText(Path.Combine(_folder, "config.json"), json);

    private DockerCredentials Credentials(CredentialHelper helper) => new(_folder, helper, new Kept(_messages));

    private sealed class Kept(List<string> messages) : IProgress<string>
    {
        public void Report(string value) => messages.Add(value);
    }
}
