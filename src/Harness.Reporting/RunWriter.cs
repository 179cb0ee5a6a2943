using Harness.Analysis;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;

namespace Harness.Reporting;

/// <summary>The harness that wrote a run: what another one derives in another way it cannot prove, and says so.</summary>
/// <param name="Said">In words: <c>harness 0.1.0 (commit 0123456789ab)</c>.</param>
/// <param name="IsOther">Whether that is known to be another one than this.</param>
internal sealed record RunWriter(string Said, bool IsOther)
{
    private const int CommitLetters = 12;

    // Each version words and draws them in its own way. All other derived files hold what the run's own SQL says.
    private static readonly string[] _presented = ["report.md", "report.html"];

    /// <summary>Of a run, for the harness that looks at it. A commit that one of them does not know tells nothing.</summary>
    internal static RunWriter Of(RunFolder folder, ToolFacts here)
    {
        try
        {
            var tools = EnvironmentFiles.Read(folder).Select(host => host.Tool).ToList();
            var tool = tools.Find(tool => IsAnother(tool, here)) ?? tools[0];
            return new RunWriter($"harness {Name(tool)}", IsAnother(tool, here));
        }
        catch (HarnessException)
        {
            return new RunWriter("an unknown harness", IsOther: false);
        }
    }

    /// <summary>Whether a derived file is words or a drawing for a reader, from which nothing follows.</summary>
    internal static bool IsPresented(string file) => _presented.Contains(file, StringComparer.Ordinal) || file.StartsWith("figures/", StringComparison.Ordinal);

    // What is built from a repository has the commit in its version too.
    private static string Name(ToolFacts tool) =>
        tool.Commit is { Length: > 0 } commit ? $"{tool.Version.Split('+')[0]} (commit {commit[..Math.Min(CommitLetters, commit.Length)]})" : tool.Version;

    private static bool IsAnother(ToolFacts tool, ToolFacts here) =>
        tool.Version != here.Version || (tool.Commit is not null && here.Commit is not null && tool.Commit != here.Commit);
}
