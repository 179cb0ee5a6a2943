namespace Harness.Tests.Comparing;

/// <summary>A run in question says nothing of what is usual, wherever it lies.</summary>
public sealed class RunsApartTests : IDisposable
{
    private readonly RunsToCompare _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public async Task A_history_that_holds_the_new_run_does_not_hide_what_it_changed()
    {
        var folder = _runs.History(5);
        _runs.Startup(50, "base", folder);
        _runs.Startup(51, "new", folder, runc: 1.35);
        var (code, answer, _) = await _runs.CompareAsync(Path.Combine(folder, "base"), Path.Combine(folder, "new"), "--history", folder, "--gate");
        Assert.Equal(1, code);
        Assert.Contains("learnt from 6 runs", answer, StringComparison.Ordinal);
        Assert.Contains("new: is a run of", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_base_that_holds_the_new_run_and_the_second_one_is_the_others()
    {
        var folder = _runs.History(5);
        _runs.Startup(51, "new", folder, runc: 1.5);
        _runs.Startup(52, "again", folder, runc: 1.5);
        string[] arguments = [folder, Path.Combine(folder, "new"), "--gate", "slower", "--history", folder, "--confirm", Path.Combine(folder, "again")];
        var (code, answer, _) = await _runs.CompareAsync(arguments);
        Assert.Equal(1, code);
        Assert.Contains("a second run shows the same", answer, StringComparison.Ordinal);
        Assert.Contains("learnt from 5 runs", answer, StringComparison.Ordinal);
        Assert.Contains("again: is a run of", answer, StringComparison.Ordinal);
        Assert.Contains("(50 in 5 runs)", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_and_itself_can_be_compared()
    {
        _runs.Startup(50, "base");
        var (code, answer, _) = await _runs.CompareAsync("base", "base");
        Assert.Equal(0, code);
        Assert.Contains("0 slower, 0 faster, 3 within noise", answer, StringComparison.Ordinal);
    }
}
