namespace Harness.Images.Userlands;

/// <summary>What one engine of a run asks the others about userlands: one userland is one image in all of them. Called from several threads at once.</summary>
internal interface IOtherEngines
{
    /// <summary>Nobody else: a run with one engine.</summary>
    static IOtherEngines None { get; } = new Alone();

    /// <summary>The image that a userland has to be in this engine, whatever it has itself; null: it is free to find one.</summary>
    /// <param name="userland">The userland's id.</param>
    /// <param name="self">This engine's images: what an engine of another architecture has cannot run here.</param>
    /// <param name="cancellation">Ends it.</param>
    Task<UserlandLock?> LeadAsync(string userland, EngineImages self, CancellationToken cancellation);

    /// <summary>What another engine has or finds of a userland that this one finds nowhere; null: none finds it. It waits for no agreement.</summary>
    /// <param name="userland">The userland's id.</param>
    /// <param name="self">This engine's images.</param>
    /// <param name="cancellation">Ends it.</param>
    Task<UserlandLock?> ElsewhereAsync(string userland, EngineImages self, CancellationToken cancellation);

    /// <summary>Which image a userland is in all engines for which it has this architecture, now that this one found one: the one that was found first.</summary>
    UserlandLock Agree(UserlandLock found);

    /// <summary>The images of the others that can be reached, engine by engine: a copy is taken from there.</summary>
    IAsyncEnumerable<EngineImages> StoresAsync(CancellationToken cancellation);

    private sealed class Alone : IOtherEngines
    {
        public Task<UserlandLock?> LeadAsync(string userland, EngineImages self, CancellationToken cancellation) => Task.FromResult<UserlandLock?>(null);

        public Task<UserlandLock?> ElsewhereAsync(string userland, EngineImages self, CancellationToken cancellation) => Task.FromResult<UserlandLock?>(null);

        public UserlandLock Agree(UserlandLock found) => found;

        public IAsyncEnumerable<EngineImages> StoresAsync(CancellationToken cancellation) => AsyncEnumerable.Empty<EngineImages>();
    }
}
