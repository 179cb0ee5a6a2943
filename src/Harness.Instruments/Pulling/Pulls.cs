using Harness.Core.Running;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Images;
using Harness.Images.Userlands;
using Harness.Sandboxes.Containers;

namespace Harness.Instruments.Pulling;

/// <summary>Pulling beside a run: where its images can be pulled from, and an engine to pull them into.</summary>
internal sealed class Pulls(EngineSession session, EnginePaths paths, GuardLink guard, RuntimeOptions options) : IDisposable
{
    private readonly HttpClient _web = RegistryAddress.CreateClient(TimeSpan.FromSeconds(15));

    /// <summary>The driver of pull probes.</summary>
    internal PullDriver Driver() => new(FindAsync, StartAsync);

    /// <inheritdoc/>
    public void Dispose() => _web.Dispose();

    private async Task<PullSource> FindAsync(DrivenTrials work, CancellationToken cancellation)
    {
        if (work.Runtime is not DockerRuntime)
            return new PullSource.Missing($"only an engine pulls images, which {work.Runtime.Engine}/{work.Runtime.Runtime} is not");
        var engine = await session.OpenAsync(cancellation);
        // What is pulled into has to be the same engine in another folder, and a user's own is the user's.
        if (!engine.Connection.Endpoint.IsPrivateDocker)
            return new PullSource.Missing($"the engine is the user's own (from {engine.Connection.Endpoint.FoundBy}), whose images stay: pulls are measured where no engine is named or running, and the harness starts one");
        if (new EnginePaths(Path.Combine(paths.Pulls, "0000000-00")).TooDeep is not null)
            return new PullSource.Missing($"the cache folder '{paths.Root}' is too long a path for a second engine's sockets: set XDG_CACHE_HOME to a shorter one");
        return await engine.Images.ResolveAsync(work.Trials[0].Cell.Userland, cancellation) is UserlandResolution.Found image
            ? await new PullSources(new RegistryManifests(_web, engine.Credentials.FindAsync).ReadAsync, options.Images, options.Pull).FindAsync(image, cancellation)
            : new PullSource.Missing($"{work.Trials[0].Cell.Userland} was not prepared");
    }

    private async Task<IPullEngine> StartAsync(DrivenTrials work, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException();
        var engine = await session.OpenAsync(cancellation);
        return await PullEngine.StartAsync(paths, guard, pull => session.Registries(pull, engine.Credentials), options.Messages, cancellation);
    }
}
