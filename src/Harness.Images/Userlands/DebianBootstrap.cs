using System.Formats.Tar;
using System.Globalization;
using System.Security.Cryptography;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Engines.Contract;
using Harness.Host.Facts;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Host.Provisioning;
using Harness.Images.Packages;

namespace Harness.Images.Userlands;

/// <summary>Makes Debian's essential packages into a layer, the same bytes for the same state of the mirror.</summary>
internal sealed class DebianBootstrap(EnginePaths paths, Provisioner provisioner, GuardLink guard, DebianMirrors mirrors)
{
    private const int LargestRelease = 16 << 20;

    // As for every other file of a mirror: slow is not broken.
    private static readonly TimeSpan ReleasePatience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// What would differ between two machines or two mirrors: mmdebstrap copies the machine's resolver and name,
    /// and notes the mirror and its own options for apt.
    /// </summary>
    private const string Scrub =
        "rm -rf \"$1\"/etc/resolv.conf \"$1\"/etc/hostname \"$1\"/etc/apt/sources.list \"$1\"/etc/apt/sources.list.d/* \"$1\"/etc/apt/apt.conf.d/99mmdebstrap "
        + "\"$1\"/var/cache/apt/* \"$1\"/var/cache/ldconfig/* \"$1\"/var/log/*.log \"$1\"/var/log/apt";

    /// <summary>Writes the layer into a folder.</summary>
    /// <param name="recipe">The suite, and packages beyond the essential ones.</param>
    /// <param name="architecture">Debian's name of it.</param>
    /// <param name="locked">The date that the suite must be of, or null: another date gives another layer, which need not be made to know it.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="cancellation">Ends the making.</param>
    /// <exception cref="HarnessException">It cannot be made here.</exception>
    internal async Task<BootstrappedLayer> MakeAsync(BootstrapRecipe recipe, string architecture, DateTimeOffset? locked, string folder, CancellationToken cancellation)
    {
        await provisioner.EnsureAsync([new Tool("mmdebstrap", "mmdebstrap"), ReleaseSignature.Keyring, .. Provisioner.SubordinateIds], cancellation);
        if (Machine.FindProgram("mmdebstrap") is not { } program)
            throw new HarnessException("mmdebstrap is not installed: install it, or run as root with --provision");
        if (await UserNamespace.ObstacleAsync(cancellation) is { } obstacle)
            throw new HarnessException($"mmdebstrap needs root or a user namespace; {obstacle}");
        var suite = recipe.Suite;
        var (mirror, date) = await mirrors.TryAsync(suite, async one => (one, await ReleaseDateAsync(one, suite, cancellation)));
        if (locked is { } wanted && wanted != date)
        {
            throw new HarnessException(string.Create(
                CultureInfo.InvariantCulture,
                $"{suite} on the mirror is of {date:yyyy-MM-dd}, the locked one of {wanted:yyyy-MM-dd}: renew the lock with 'harness images lock', or keep images with 'harness images mirror'"));
        }

        var layer = Path.Combine(folder, "layer.tar");
        Directory.CreateDirectory(paths.Logs);
        var result = await UserNamespace.AsRoot(new Command(
            program,
            [
                // Its own namespace for ordinary users maps root to a subordinate id, which may not enter the user's private folder.
                "--mode=root",
                "--variant=essential", "--components=main", "--architectures=" + architecture,
                // Unstable suites and snapshots are often past their own date, which is no reason to refuse them here.
                "--aptopt=Acquire::Check-Valid-Until \"false\"",
                // The same on every release of apt, of which older ones give up after the first connection that breaks.
                "--aptopt=Acquire::Retries \"3\"",
                "--customize-hook=" + Scrub,
                .. recipe.Packages.Select(package => "--include=" + package),
                suite, layer, ReleaseSignature.AcceptedByEnvironment ? $"deb [trusted=yes] {mirror} {suite} main" : mirror,
            ])
        {
            Environment = ImmutableSortedDictionary<string, string?>.Empty
                .Add("SOURCE_DATE_EPOCH", date.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))
                .Add("TMPDIR", folder)
                .Add("LC_ALL", "C"),
            LogFile = Path.Combine(paths.Logs, $"mmdebstrap-{suite}-{architecture}.log"),
            Watch = guard.WatchAsync,
        }).RunAsync(cancellation);
        if (result.ExitCode != 0)
        {
            // apt checks the suite's signature, and without Debian's keyring it refuses every suite.
            var keyring = !File.Exists(ReleaseSignature.Keyring.File) ? $"{ReleaseSignature.OfHost().Missing}, or " : "";
            throw new HarnessException($"mmdebstrap could not make {suite} for {architecture} ({Redaction.Address(result.LastLine)}): {keyring}see {paths.Logs}");
        }

        await using var content = File.OpenRead(layer);
        var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation));
        return new BootstrappedLayer(layer, new Provenance
        {
            Kind = "debian",
            Suite = suite,
            SourceDate = date,
            LayerSha256 = hash,
            Packages = await PackagesAsync(layer, cancellation),
        });
    }

    /// <summary>The date in a Release file, signed within itself or not.</summary>
    internal static DateTimeOffset? ParseReleaseDate(string release)
    {
        var line = release.Split('\n').FirstOrDefault(line => line.StartsWith("Date: ", StringComparison.Ordinal));
        return line is not null
            && DateTimeOffset.TryParseExact(line[6..].Trim().Replace("UTC", "GMT", StringComparison.Ordinal), "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date
            : null;
    }

    /// <summary>Version by package, from dpkg's status file.</summary>
    internal static ImmutableSortedDictionary<string, string> ParseStatus(string status)
    {
        var packages = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var name = "";
        foreach (var line in status.Split('\n'))
        {
            if (line.StartsWith("Package: ", StringComparison.Ordinal))
                name = line[9..];
            else if (line.StartsWith("Version: ", StringComparison.Ordinal))
                packages[name] = line[9..];
        }

        return packages.ToImmutable();
    }

    private static async Task<DateTimeOffset> ReleaseDateAsync(string mirror, string suite, CancellationToken cancellation)
    {
        var address = $"{mirror.TrimEnd('/')}/dists/{suite}/InRelease";
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(ReleasePatience);
            using var client = new HttpClient { MaxResponseContentBufferSize = LargestRelease };
            var uri = new Uri(address);
            var text = uri.IsFile ? await File.ReadAllTextAsync(uri.LocalPath, limit.Token) : await client.GetStringAsync(uri, limit.Token);
            return ParseReleaseDate(text) ?? throw new HarnessException($"'{Redaction.Address(address)}' has no date: give another mirror with --mirror debian=URL");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UriFormatException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            var why = DebianMirrors.IsMissing(e) ? "does not have it (404)" : $"does not answer ({EngineErrors.OneLine(e)})";
            throw new HarnessException($"the mirror of {suite} {why}: give another with --mirror debian=URL, of this suite with debian/{suite}=URL, of suites that mirrors no longer have with debian-archive=URL", e);
        }
    }

    private static async Task<ImmutableSortedDictionary<string, string>> PackagesAsync(string layer, CancellationToken cancellation)
    {
        await using var content = File.OpenRead(layer);
        await using var tar = new TarReader(content);
        while (await tar.GetNextEntryAsync(cancellationToken: cancellation) is { } entry)
        {
            if (entry.Name.TrimStart('.', '/') != "var/lib/dpkg/status" || entry.DataStream is null)
                continue;
            using var text = new StreamReader(entry.DataStream);
            return ParseStatus(await text.ReadToEndAsync(cancellation));
        }

        throw new HarnessException("the userland holds no list of packages");
    }
}
