using System.Diagnostics;
using System.Text;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Engines.PrivateEngine;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Images.Userlands;
using Harness.Runtimes.Cleaning;

namespace Harness.Tests.Supply;

/// <summary>What lies in the cache and among temporary files: whose it is, how it is named, how it goes.</summary>
public sealed class CacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-cache-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => FileTree.Delete(_folder);

    [Fact]
    public void Recipes_that_differ_have_names_that_differ_and_fit()
    {
        static BootstrapRecipe Recipe(string suite, params string[] packages) => new("debian", suite, "") { Packages = [.. packages] };
        BootstrapRecipe[] recipes =
        [
            Recipe("bookworm"), Recipe("bookworm", "x-y"), Recipe("bookworm", "x", "y"), Recipe("bookworm-amd64"),
            Recipe("bookworm", [.. Enumerable.Range(0, 100).Select(number => $"package-{number}")]), new("busybox", "", ""),
        ];
        var names = recipes.Select(recipe => Recipes.Key(recipe, "amd64")).Append(Recipes.Key(recipes[0], "i386")).ToList();

        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.All(names, name => Assert.True(CachePath.IsName(name + ".lock") && name.Length < 120, name));
        Assert.StartsWith("debian-bookworm-amd64-essential-", names[0], StringComparison.Ordinal);
        Assert.Equal(Recipes.Key(Recipe("bookworm", "a", "b"), "amd64")[^16..], Recipes.Key(Recipe("bookworm", "b", "a"), "amd64")[^16..]);
    }

    [Fact]
    public void A_cache_that_others_can_write_is_not_trusted()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "owners and modes are read on Linux");
        var cache = Path.Combine(_folder, "harness");
        Assert.Equal(cache, EnginePaths.At(cache).Root);
        foreach (var mode in new[] { "0777", "0770", "0722" })
        {
            Chmod(cache, mode);
            Refused(() => EnginePaths.At(cache), "can be written by other users");
        }

        Chmod(cache, "0755");
        Assert.Equal(cache, EnginePaths.At(cache).Root);
        // A link of one's own leads to where one's cache is.
        var link = Path.Combine(_folder, "link");
        Directory.CreateSymbolicLink(link, cache);
        Assert.Equal(cache, EnginePaths.At(link).Root);
        if (!Machine.IsLinuxRoot)
            return;
        Run("chown", "--no-dereference", "65534", link);
        Refused(() => EnginePaths.At(link), "belongs to the user 65534");
        Run("chown", "65534", cache);
        Refused(() => EnginePaths.At(cache), "belongs to the user 65534");
    }

    [Fact]
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public async Task A_private_daemon_reads_no_settings_that_others_could_have_put_there()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the private daemon is Linux's");
        var paths = EnginePaths.At(Path.Combine(_folder, "h"));
        EnginePaths.CreatePrivate(paths.Users);
        await File.WriteAllTextAsync(Path.Combine(_folder, "theirs.json"), "{}", Cancellation);
        File.CreateSymbolicLink(paths.Settings, Path.Combine(_folder, "theirs.json"));

        var e = await Assert.ThrowsAsync<HarnessException>(() => JoinAsync(paths));

        Assert.Contains("daemon.json' is a symbolic link", e.Message, StringComparison.Ordinal);
        Assert.Contains("XDG_CACHE_HOME", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_are_not_UTF_8_are_removed_with_their_folder()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "such names are Linux's");
        var tree = Directory.CreateDirectory(Path.Combine(_folder, "tree")).FullName;
        Run("/bin/sh", "-c", "cd \"$1\" && mkdir -p \"$(printf 'a\\377b')/c\" && touch \"$(printf 'a\\377b')/c/$(printf '\\376')\" \"$(printf '\\303(')\" plain", "sh", tree);
        Assert.Throws<DirectoryNotFoundException>(() => Directory.Delete(tree, recursive: true));

        FileTree.Delete(tree);

        Assert.False(Directory.Exists(tree));
    }

    [Fact]
    public void Of_a_link_the_link_goes_and_what_it_points_at_stays()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "links need no rights on Linux");
        var target = Directory.CreateDirectory(Path.Combine(_folder, "target")).FullName;
        File.WriteAllText(Path.Combine(target, "kept"), "");
        foreach (var to in new[] { target, Path.Combine(_folder, "nowhere") })
        {
            var link = Path.Combine(_folder, "link");
            File.CreateSymbolicLink(link, to);
            FileTree.Delete(link);
            Assert.Null(new FileInfo(link).LinkTarget);
        }

        Assert.True(File.Exists(Path.Combine(target, "kept")));
        FileTree.Delete(Path.Combine(_folder, "no", "such", "folder"));
    }

    [Fact]
    public void Only_temporary_folders_whose_owner_is_dead_are_abandoned()
    {
        var (alive, dead, young, old) = (Scratch("judge", true), Scratch("verify", true), Scratch("judge", false), Scratch("benchmark", false));
        Directory.CreateDirectory(Path.Combine(_folder, "harness-other-x"));
        Directory.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-2));
        if (OperatingSystem.IsLinux())
            Directory.CreateSymbolicLink(Path.Combine(_folder, "harness-judge-link"), old);
        using (new FileStream(Path.Combine(alive, ".owner"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Equal([$"temporary folder {old}", $"temporary folder {dead}"], Leftovers.ScratchFolders(_folder));
        }

        Assert.True(Directory.Exists(alive) && Directory.Exists(young));
        Assert.False(Directory.Exists(dead) || Directory.Exists(old));

        string Scratch(string purpose, bool locked)
        {
            var folder = Directory.CreateDirectory(Path.Combine(_folder, $"harness-{purpose}-{Guid.NewGuid():N}")).FullName;
            if (locked)
                File.WriteAllText(Path.Combine(folder, ".owner"), "");
            return folder;
        }
    }

    [Fact]
    public void A_scratch_folder_is_its_owner_s_as_long_as_that_lives_and_then_gone()
    {
        string path;
        using (var scratch = ScratchFolder.Create("judge"))
        {
            path = scratch.Path;
            File.WriteAllText(Path.Combine(path, "spilled"), "");
            Assert.DoesNotContain(path, ScratchFolder.Abandoned(Path.GetTempPath()));
        }

        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public async Task Cleaning_images_takes_every_cache_that_can_be_made_again_and_nothing_while_a_run_uses_them()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "caches are made on Linux");
        var paths = EnginePaths.At(Path.Combine(_folder, "h"));
        string[] caches = [paths.Data, paths.Userlands, paths.Filesystems, paths.Kernels, paths.Machines, paths.Trees];
        foreach (var cache in caches)
            Directory.CreateDirectory(Path.Combine(cache, "something"));
        var used = Directory.CreateDirectory(Path.Combine(paths.Temporary, "4194305-used")).FullName;
        var proof = Path.Combine(paths.Root, "kvm.json");
        await File.WriteAllTextAsync(proof, "{}", Cancellation);
        using (var search = new NoEngine())
        {
            // As a process of another PID namespace holds it: its number means nothing here.
            EnginePaths.CreatePrivate(Path.Combine(paths.Root, "users"));
            using (FileLock.TryAcquire(Path.Combine(paths.Root, "users", "4194305-x.lock")))
            {
                var e = await Assert.ThrowsAsync<HarnessException>(() => Leftovers.CleanAsync(paths, search.Address, everything: true, Cancellation));
                Assert.Contains("a run uses", e.Message, StringComparison.Ordinal);
                Assert.True(Directory.Exists(used));
            }

            var removed = await Leftovers.CleanAsync(paths, search.Address, everything: true, Cancellation);
            Assert.Superset(caches.Select(cache => $"cache {cache}").Append($"temporary folder {used}").ToHashSet(), removed.ToHashSet());
        }

        Assert.DoesNotContain(caches, Directory.Exists);
        Assert.True(File.Exists(proof));
    }

    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    private static async Task JoinAsync(EnginePaths paths) => await (await PrivateDaemon.JoinAsync(paths, new Progress<string>(), Cancellation)).DisposeAsync();

    private static void Refused(Action action, string said)
    {
        var message = Assert.Throws<HarnessException>(action).Message;
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.Contains("XDG_CACHE_HOME", message, StringComparison.Ordinal);
    }

    private static void Chmod(string path, string mode) => Run("chmod", mode, path);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
    }

    /// <summary>An engine without containers and images, so that cleaning looks at no real one.</summary>
    private sealed class NoEngine : IDisposable
    {
        private readonly System.Net.HttpListener _listener = new();
        private readonly Task _serving;

        internal NoEngine()
        {
            using (var free = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0))
            {
                free.Start();
                Address = $"tcp://127.0.0.1:{((System.Net.IPEndPoint)free.LocalEndpoint).Port}";
            }

            _listener.Prefixes.Add(Address.Replace("tcp:", "http:", StringComparison.Ordinal) + "/");
            _listener.Start();
            _serving = Task.Run(ServeAsync);
        }

        internal string Address { get; }

        public void Dispose()
        {
            _listener.Close();
            _serving.Wait(TimeSpan.FromSeconds(5));
        }

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    var body = context.Request.Url!.AbsolutePath.EndsWith("/version", StringComparison.Ordinal) ? """{"ApiVersion":"1.41","Version":"20.10"}""" : "[]";
                    context.Response.ContentType = "application/json";
                    await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is System.Net.HttpListenerException or ObjectDisposedException)
            {
                // Closed.
            }
        }
    }
}
