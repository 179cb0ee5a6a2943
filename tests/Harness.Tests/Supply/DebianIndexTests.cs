using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Harness.Core;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Images.Packages;

namespace Harness.Tests.Supply;

/// <summary>An index that is not Debian's, or says what it must not, is one line and touches no file.</summary>
public sealed class DebianIndexTests : IDisposable
{
    private const string Kernel = "linux-image-6.1.0-9-cloud-amd64";

    private static readonly string _hash = new('a', 64);

    // A short path: gpg's agent listens on a socket below it.
    private readonly string _folder = Directory.CreateTempSubdirectory("h-deb-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (Machine.FindProgram("gpgconf") is not null)
            Run("gpgconf", "--homedir", _folder, "--kill", "all");
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("Version", "1_x/../../../../home/u")]
    [InlineData("Version", "..")]
    [InlineData("Version", "6.1\u001b[2J")]
    [InlineData("Version", "")]
    [InlineData("Filename", "../../../../etc/passwd")]
    [InlineData("Filename", "/etc/passwd")]
    [InlineData("Filename", "pool/./x.deb")]
    [InlineData("Filename", "pool//x.deb")]
    [InlineData("Filename", "pool/x.deb?y")]
    [InlineData("Filename", "http://elsewhere.example/x.deb")]
    [InlineData("Package", "linux-image-6/../../../u-cloud-amd64")]
    [InlineData("SHA256", "0")]
    [InlineData("Size", "-1")]
    [InlineData("Size", "99999999999999999999")]
    public void A_field_that_would_lead_elsewhere_is_an_error(string field, string value)
    {
        var fields = new Dictionary<string, string> { ["Package"] = Kernel, ["Version"] = "6.1.9-1", ["Filename"] = "pool/main/l/linux/x.deb", ["Size"] = "9000000", ["SHA256"] = _hash };
        static string Text(IEnumerable<KeyValuePair<string, string>> fields) => string.Join('\n', fields.Select(pair => $"{pair.Key}: {pair.Value}")) + "\n";
        Assert.Equal(Kernel, Assert.Single(new DebianSuite(Text(fields), "").Kernel("cloud-amd64")).Name);

        fields[field] = value;
        var message = Assert.Throws<HarnessException>(() => new DebianSuite(Text(fields), "").Kernel("cloud-amd64")).Message;

        Assert.Contains($"invalid {field} '{value}'", message, StringComparison.Ordinal);
        Assert.Contains("--mirror debian=URL", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name_1-2", true)]
    [InlineData("..", false)]
    [InlineData(".", false)]
    [InlineData("", false)]
    [InlineData("a/b", false)]
    [InlineData("a\\b", false)]
    [InlineData("a\0b", false)]
    [InlineData("a\u001bb", false)]
    public void A_path_of_foreign_text_stays_below_its_folder(string name, bool isBelow)
    {
        if (isBelow)
            Assert.Equal(Path.Combine(_folder, name), CachePath.Below(_folder, name));
        else
            Assert.Throws<HarnessException>(() => CachePath.Below(_folder, name));
        Assert.Throws<HarnessException>(() => CachePath.Below(_folder, new string('ü', 128)));
    }

    [Fact]
    public async Task Only_a_good_signature_of_a_known_and_valid_key_is_accepted()
    {
        var keyring = Keyring();
        var signature = new ReleaseSignature(Machine.FindProgram("gpgv"), [keyring], AcceptsUnsigned: false);
        Mirror("bookworm", "Suite: oldstable\nCodename: bookworm\n");
        Sign("bookworm", "now@x");
        Assert.Contains("verified with Debian's keyring", (await ReadAsync(signature, "bookworm")).Check, StringComparison.Ordinal);

        // What stands around the signed text is not read.
        var release = Path.Combine(_folder, "dists", "bookworm", "InRelease");
        var good = await File.ReadAllTextAsync(release, Cancellation);
        await File.WriteAllTextAsync(release, "SHA256:\n " + _hash + " 1 main/binary-amd64/Packages.xz\n" + good, Cancellation);
        Assert.Contains("verified", (await ReadAsync(signature, "bookworm")).Check, StringComparison.Ordinal);

        await File.WriteAllTextAsync(release, good.Replace("oldstable", "evilstable", StringComparison.Ordinal), Cancellation);
        await FailsAsync(signature, "bookworm", "has a bad signature");

        Mirror("bookworm", "Suite: oldstable\nCodename: bookworm\n");
        await FailsAsync(signature, "bookworm", "signature");
        Assert.Contains("HARNESS_UNSIGNED_MIRROR=1 asks", (await ReadAsync(signature with { AcceptsUnsigned = true }, "bookworm")).Check, StringComparison.Ordinal);

        Sign("bookworm", "old@x", "--faked-system-time", "20200102T000000");
        await FailsAsync(signature, "bookworm", "expired key");
        Sign("bookworm", "other@x");
        await FailsAsync(signature, "bookworm", "does not have");

        Mirror("trixie", "Suite: oldstable\nCodename: bookworm\n");
        Sign("trixie", "now@x");
        await FailsAsync(signature, "trixie", "is the index of oldstable/bookworm");
    }

    [Theory]
    [InlineData(false, false, "neither gpgv nor Debian's keyring is installed")]
    [InlineData(true, false, "Debian's keyring is not installed")]
    [InlineData(false, true, "gpgv is not installed")]
    public async Task Without_the_means_to_check_a_signature_the_lock_says_which_is_missing(bool hasGpgv, bool hasKeyring, string said)
    {
        Mirror("bookworm", "Codename: bookworm\n");
        var signature = new ReleaseSignature(hasGpgv ? "/usr/bin/gpgv" : null, hasKeyring ? ["/keys"] : [], AcceptsUnsigned: false);

        Assert.Contains(said, (await ReadAsync(signature, "bookworm")).Check, StringComparison.Ordinal);
        Assert.Contains("--provision", signature.Missing, StringComparison.Ordinal);
    }

    private async Task<DebianSuite> ReadAsync(ReleaseSignature signature, string suite)
    {
        using var fetch = new Fetch("file://" + _folder);
        var target = Directory.CreateDirectory(Path.Combine(_folder, "fetched")).FullName;
        return await DebianSuite.ReadAsync(fetch, signature, suite, "amd64", target, Cancellation);
    }

    private async Task FailsAsync(ReleaseSignature signature, string suite, string said)
    {
        var message = (await Assert.ThrowsAsync<HarnessException>(() => ReadAsync(signature, suite))).Message;
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.Contains("--mirror debian=URL", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    // One key that is valid, one that has expired, and one that the keyring lacks.
    private string Keyring()
    {
        Assert.SkipWhen(Machine.FindProgram("gpg") is null || Machine.FindProgram("gpgv") is null, "gpg and gpgv are not installed");
        Gpg("--passphrase", "", "--quick-generate-key", "now@x", "ed25519", "sign", "never");
        Gpg("--faked-system-time", "20200101T000000", "--passphrase", "", "--quick-generate-key", "old@x", "ed25519", "sign", "30d");
        Gpg("--passphrase", "", "--quick-generate-key", "other@x", "ed25519", "sign", "never");
        var keyring = Path.Combine(_folder, "ring.gpg");
        Gpg("--output", keyring, "--export", "now@x", "old@x");
        return keyring;
    }

    private void Mirror(string suite, string head)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "dists", suite, "main", "binary-amd64")).FullName;
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionMode.Compress, leaveOpen: true))
            gzip.Write("Package: none\n"u8);
        File.WriteAllBytes(Path.Combine(folder, "Packages.gz"), packed.ToArray());
        var sum = Convert.ToHexStringLower(SHA256.HashData(packed.ToArray()));
        File.WriteAllText(Path.Combine(_folder, "dists", suite, "InRelease"), $"{head}SHA256:\n {sum} {packed.Length} main/binary-amd64/Packages.gz\n");
    }

    private void Sign(string suite, string key, params string[] more)
    {
        var release = Path.Combine(_folder, "dists", suite, "InRelease");
        var text = release + ".text";
        if (!File.Exists(text) || !File.ReadAllText(release).StartsWith("-----", StringComparison.Ordinal))
            File.Copy(release, text, overwrite: true);
        File.Delete(release);
        Gpg([.. more, "--local-user", key, "--output", release, "--clearsign", text]);
    }

    private void Gpg(params string[] arguments) => Run("gpg", ["--homedir", _folder, "--batch", "--quiet", "--pinentry-mode", "loopback", .. arguments]);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error}");
    }
}
