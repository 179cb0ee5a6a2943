using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Harness.Host.Processes;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>A user of this host who is not root, as long as a test needs one.</summary>
[SupportedOSPlatform("linux")]
internal sealed class OrdinaryUser : IDisposable
{
    private string _copy = "";

    private OrdinaryUser(string name) => Name = name;

    /// <summary>The user's name.</summary>
    public string Name { get; }

    /// <summary>Makes one, with a home and subordinate ids.</summary>
    public static async Task<OrdinaryUser> CreateAsync()
    {
        var user = new OrdinaryUser("harness-" + Guid.NewGuid().ToString("N")[..8]);
        await RunAsync("useradd", "--create-home", user.Name);
        // A system without these files at that moment gives no ids.
        if (!File.Exists("/etc/subuid") || !File.ReadLines("/etc/subuid").Any(line => line.StartsWith(user.Name + ":", StringComparison.Ordinal)))
            await RunAsync("usermod", "--add-subuids", "500000-565535", "--add-subgids", "500000-565535", user.Name);
        return user;
    }

    /// <summary>What starts a program as this user; its arguments follow.</summary>
    /// <param name="group">A group's number that the user is in as well.</param>
    public IReadOnlyList<string> Through(uint group) =>
        ["setpriv", "--reuid", Name, "--regid", Name, "--groups", group.ToString(CultureInfo.InvariantCulture), "--inh-caps=-all", "env", $"HOME=/home/{Name}", $"USER={Name}", $"DOTNET_ROOT={Dotnet}"];

    /// <summary>The harness, where this user can start it: the build's own, or a copy where root alone may enter its folder.</summary>
    public async Task<string> HarnessAsync()
    {
        var built = AppContext.BaseDirectory.TrimEnd('/');
        if (await StatusAsync("setpriv", "--reuid", Name, "--regid", Name, "--clear-groups", "test", "-r", Path.Combine(built, "harness.dll")) == 0)
            return Path.Combine(built, "harness");
        _copy = Directory.CreateTempSubdirectory("h-").FullName;
        // Links where they can be had: the build is large.
        if (await StatusAsync("cp", "--archive", "--link", built, _copy + "/b") != 0)
            await RunAsync("cp", "--archive", built, _copy + "/b");
        await RunAsync("chmod", "755", _copy);
        return _copy + "/b/harness";
    }

    /// <summary>Gives a folder with all that is in it to the user.</summary>
    public Task OwnAsync(string folder) => RunAsync("chown", "--recursive", $"{Name}:{Name}", folder);

    public void Dispose()
    {
        if (_copy.Length > 0)
            FileTree.Delete(_copy);
        using var removal = Process.Start(new ProcessStartInfo("userdel", ["--remove", Name]) { RedirectStandardError = true })!;
        removal.WaitForExit();
    }

    private static string Dotnet => Path.GetDirectoryName(Machine.RealPath(Machine.FindProgram("dotnet")!))!;

    private static async Task RunAsync(string program, params string[] arguments) => Assert.Equal(0, await StatusAsync(program, arguments));

    private static async Task<int> StatusAsync(string program, params string[] arguments) =>
        (await new Command(program, [.. arguments]).RunAsync(TestContext.Current.CancellationToken)).ExitCode;
}
