using Harness.Core;
using Harness.Host.Processes;
using Harness.Host.Provisioning;

namespace Harness.Images.Packages;

/// <summary>Checks the signature of a suite's InRelease with Debian's keyring.</summary>
/// <param name="Gpgv">The program that checks; null where it is not installed.</param>
/// <param name="Keyrings">Debian's keyrings; none where they are not installed.</param>
/// <param name="AcceptsUnsigned">Whether the user accepts an index without a signature (<see cref="Variable"/>).</param>
internal sealed record ReleaseSignature(string? Gpgv, ImmutableArray<string> Keyrings, bool AcceptsUnsigned)
{
    /// <summary>Set to 1 for a mirror of the user's own that nobody signs.</summary>
    internal const string Variable = "HARNESS_UNSIGNED_MIRROR";

    /// <summary>Checks signatures.</summary>
    internal static Tool Program => Provisioner.Gpgv;

    /// <summary>Debian's keys.</summary>
    internal static Tool Keyring => Provisioner.DebianKeyring;

    private const string Status = "[GNUPG:] ";
    private const string Chain = "checksums up to the suite's Release file";

    private static readonly ImmutableArray<(string Word, string Meaning)> Faults =
    [
        ("EXPKEYSIG", "is signed with an expired key"),
        ("REVKEYSIG", "is signed with a revoked key"),
        ("EXPSIG", "has an expired signature"),
        ("NO_PUBKEY", "is signed with a key that Debian's keyring here does not have"),
        ("NODATA", "has no signature"),
    ];

    /// <summary>Whether the environment accepts an unsigned index.</summary>
    internal static bool AcceptedByEnvironment => Environment.GetEnvironmentVariable(Variable) == "1";

    /// <summary>What this host has.</summary>
    /// <param name="root">Of its files; its programs are those of PATH.</param>
    internal static ReleaseSignature OfHost(string root = "/")
    {
        var folder = Path.Combine(root, Path.GetDirectoryName(Keyring.File)!.TrimStart('/'));
        ImmutableArray<string> keyrings = Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "debian-archive-*keyring.gpg").Order(StringComparer.Ordinal)] : [];
        return new ReleaseSignature(Machine.FindProgram(Program.Program), keyrings, AcceptedByEnvironment);
    }

    /// <summary>What is missing to check a signature, with the remedy; null where nothing is.</summary>
    internal string? Missing
    {
        get
        {
            string?[] packages = [Gpgv is null ? Program.Package : null, Keyrings.IsEmpty ? Keyring.Package : null];
            var missing = string.Join(" and ", packages.OfType<string>());
            return missing.Length == 0 ? null : $"install {missing}, or run as root with --provision";
        }
    }

    /// <summary>The text that the signature covers, and one sentence on what it was checked against.</summary>
    /// <exception cref="HarnessException">The signature could be checked and is not good.</exception>
    internal async Task<(string Text, string Check)> CheckAsync(string release, string suite, CancellationToken cancellation)
    {
        if (AcceptsUnsigned)
            return (await File.ReadAllTextAsync(release, cancellation), $"{Chain}; its signature was not checked, as {Variable}=1 asks");
        if (Gpgv is not { } gpgv || Keyrings.IsEmpty)
        {
            var missing = Gpgv is null && Keyrings.IsEmpty ? "neither gpgv nor Debian's keyring is" : Gpgv is null ? "gpgv is not" : "Debian's keyring is not";
            return (await File.ReadAllTextAsync(release, cancellation), $"{Chain}; its signature was not checked, since {missing} installed");
        }

        // Only what the signature covers is read on: gpgv writes that, without whatever stands around it.
        var signed = release + ".signed";
        File.Delete(signed);
        var result = await new Command(gpgv, ["--status-fd", "1", "--output", signed, .. Keyrings.SelectMany(keyring => new[] { "--keyring", keyring }), release])
        {
            Environment = ImmutableSortedDictionary<string, string?>.Empty.Add("LC_ALL", "C"),
        }.RunAsync(cancellation);
        if (Fault(result.Output, File.Exists(signed)) is { } fault)
        {
            throw new HarnessException(
                $"the index of {suite} {fault}: give another mirror with --mirror debian=URL, update {Keyring.Package}, or set {Variable}=1 for an unsigned mirror of your own");
        }

        return ("\n" + await File.ReadAllTextAsync(signed, cancellation), Chain + ", whose signature was verified with Debian's keyring");
    }

    /// <summary>What gpgv's status lines say is wrong; null where one signature is good and none is bad.</summary>
    internal static string? Fault(string output, bool hasText)
    {
        var words = output.Split('\n').Where(line => line.StartsWith(Status, StringComparison.Ordinal)).Select(line => line[Status.Length..].Split(' ')[0]).ToList();
        if (words.Contains("BADSIG"))
            return "has a bad signature";
        // Release files carry several signatures; one whose key is known and valid is enough. GOODSIG is not said of an expired or
        // revoked key. More than one text would leave open which of them was signed.
        if (words.Contains("GOODSIG"))
            return hasText && words.Count(word => word == "PLAINTEXT") <= 1 ? null : "is not one signed text";
        var known = Faults.FirstOrDefault(fault => words.Contains(fault.Word));
        return known.Word is null ? "has no good signature" : known.Meaning;
    }
}
