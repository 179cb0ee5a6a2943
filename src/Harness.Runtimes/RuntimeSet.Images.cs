using System.Runtime.CompilerServices;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Images;
using Harness.Images.Userlands;

namespace Harness.Runtimes;

/// <summary>What commands on images ask.</summary>
public sealed partial class RuntimeSet
{
    /// <summary>Gets a userland's image into the engine, for <c>images</c>.</summary>
    /// <exception cref="HarnessException">There is no engine.</exception>
    public async Task<UserlandResolution> ResolveAsync(string userland, CancellationToken cancellation) =>
        await (await _session.OpenAsync(cancellation)).Images.ResolveAsync(userland, cancellation);

    /// <summary>Makes a userland from packages and puts it into the engine, whatever registries have.</summary>
    /// <exception cref="HarnessException">There is no engine.</exception>
    public async Task<UserlandResolution> BootstrapAsync(UserlandDefinition userland, CancellationToken cancellation) =>
        await (await _session.OpenAsync(cancellation)).Images.BootstrapAsync(userland, cancellation);

    /// <summary>Where userlands are, in their order. Without an engine: what the cache has.</summary>
    /// <param name="userlands">Which.</param>
    /// <param name="ask">Whether to ask registries.</param>
    /// <param name="cancellation">Ends it.</param>
    public async IAsyncEnumerable<ImageRow> InventoryAsync(
        IEnumerable<UserlandDefinition> userlands, bool ask, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var inventory = new ImageInventory(_paths, _session.Current);
        foreach (var userland in userlands)
            yield return await inventory.FindAsync(userland, ask, cancellation);
    }

    /// <summary>What registries that have images still allow, one sentence each; those that limit nothing say nothing.</summary>
    public async Task<ImmutableArray<string>> AllowancesAsync(IEnumerable<ImageRow> rows, CancellationToken cancellation) =>
        _session.Current is { } engine ? await RegistryAllowances.AskAsync(engine, rows, cancellation) : [];

    /// <summary>Copies an image that the engine has to the user's own registry or folder. Returns its name there.</summary>
    /// <exception cref="HarnessException">It cannot be copied.</exception>
    public async Task<string> CopyAsync(UserlandResolution.Found image, ImageMirror to, CancellationToken cancellation)
    {
        var engine = await _session.OpenAsync(cancellation);
        return await new MirrorCopy(engine.Store, engine.Credentials, to).CopyAsync(image, cancellation);
    }
}
