using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Harness.Analysis;
using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Core.Model;
using Harness.Reporting.Model;

namespace Harness.Reporting.Exporting;

/// <summary>
/// Verdicts as test cases, so that every CI shows them. A verdict is a finding: supported, qualified and refuted pass, and their text says which; what was not decided is skipped. What
/// fails is the measuring: broken trials, checks of the method that do not hold, parts that could not be derived, and a gate that was asked for.
/// </summary>
internal static partial class JunitXml
{
    /// <summary>The whole document.</summary>
    internal static string Write(SaidRun said)
    {
        List<XElement> suites = [.. said.Experiments.Select(experiment => Suite(said, experiment))];
        if (said.Request.Gate is { } gate)
        {
            suites.Add(Gate(gate, said));
        }

        var text = new StringBuilder();
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, NewLineChars = "\n", OmitXmlDeclaration = true }))
        {
            new XElement("testsuites", new XAttribute("name", $"harness run {said.Report.RunId}"), suites).Save(writer);
        }

        return $"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{text}\n";
    }

    private static XElement Suite(SaidRun said, ExperimentReport experiment)
    {
        List<XElement> cases = [Measured(said, experiment)];
        cases.AddRange(experiment.Claims.SelectMany(claim => claim.Whole.Concat(claim.Scopes).Select(verdict => Case(experiment, claim, verdict))));
        cases.AddRange(said.Input.Checks.Where(check => check.Experiment == experiment.Id).Select(check => new XElement(
            "testcase", Name($"check {check.Name}"), Class(experiment.Id),
            check.Holds switch
            {
                MethodCheck.No => Told("failure", "check of the method", check.Summary),
                MethodCheck.NotChecked => Skipped(check.Summary),
                _ => Output(check.Summary),
            })));
        cases.AddRange(experiment.Losses.Select(loss => new XElement("testcase", Name(loss.What), Class(experiment.Id), Told("error", "not derived", loss.Reason))));
        return Counted(experiment.Id, cases, said);
    }

    private static XElement Measured(SaidRun said, ExperimentReport experiment)
    {
        var coverage = Coverage.Of(said.Input.Plan, said.Input.Trials, experiment.Id);
        var broken = coverage.Gaps.Where(gap => gap.Kind == Outcome.Broken.Text()).ToList();
        var gaps = string.Join('\n', coverage.Gaps.Select(gap => string.Create(CultureInfo.InvariantCulture, $"{gap.Trials} {gap.Kind}: {gap.Reason}")));
        return new XElement(
            "testcase", Name("trials were measured"), Class(experiment.Id),
            broken.Count > 0 ? Told("failure", "broken trials", string.Create(CultureInfo.InvariantCulture, $"{broken.Sum(gap => gap.Trials)} broken: {broken[0].Reason}"), $"{experiment.Coverage}\n{gaps}")
            : coverage.Measured == 0 ? Skipped(experiment.Coverage)
            : Output($"{experiment.Coverage}\n{gaps}".TrimEnd('\n')));
    }

    private static XElement Case(ExperimentReport experiment, ClaimReport claim, VerdictReport verdict)
    {
        var basis = verdict.Basis.Length > 0 ? $" (basis: {verdict.Basis})" : "";
        var text = $"{verdict.Verdict}{basis}: {verdict.Lead}";
        return new XElement(
            "testcase", Name($"{claim.Id}{(verdict.Scope.Length > 0 ? $" [{verdict.Scope}]" : "")}: {claim.Text}"), Class(experiment.Id),
            verdict.Verdict is Verdicts.Inconclusive or Verdicts.NotTested ? Skipped(text) : Output($"{text}\n{verdict.Summary}"));
    }

    private static XElement Gate(string json, SaidRun said)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (!document.RootElement.TryGetProperty("gate", out var gate) || gate.ValueKind != JsonValueKind.Object)
            {
                throw new HarnessException("--gate: the file holds no gate's answer; 'harness compare BASE NEW --gate --format json --out FILE' writes one");
            }

            List<XElement> cases = [.. gate.GetProperty("alarms").EnumerateArray().Select(alarm =>
            {
                // It was made from runs that nobody redacted.
                var (name, what) = (Alarm(alarm.GetProperty("name").GetString()!, said), said.Redacted.Text.Redact(alarm.GetProperty("what").GetString()!));
                var counts = alarm.GetProperty("confirmed").ValueKind != JsonValueKind.False;
                return new XElement("testcase", Name($"{said.Redacted.Text.Redact(alarm.GetProperty("kind").GetString()!)}: {name}"), Class("gate"), counts ? Told("failure", "gate", what) : Output($"not confirmed by the second run: {what}"));
            })];
            if (cases.Count == 0)
            {
                cases.Add(new XElement("testcase", Name("nothing got worse"), Class("gate"), gate.GetProperty("exit_code").GetInt32() == ExitCode.NothingMeasured ? Skipped("nothing could be compared") : Output("no alarm")));
            }

            return Counted("gate", cases, said);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new HarnessException($"--gate: not what 'harness compare BASE NEW --gate --format json' writes ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    // 'CELL of EXPERIMENT', 'CELL MEASURE': a cell has the name that it has in the redacted run.
    private static string Alarm(string name, SaidRun said)
    {
        var cell = CellOf().Match(name).Value;
        try
        {
            return (cell.Length > 0 ? said.Redacted.Names.CellName(cell) : "") + said.Redacted.Text.Redact(name[cell.Length..]);
        }
        catch (FormatException)
        {
            return said.Redacted.Text.Redact(name);
        }
    }

    private static XElement Counted(string name, List<XElement> cases, SaidRun said)
    {
        return new XElement(
            "testsuite", Name(name), Count("tests", cases.Count), Count("failures", Of("failure")), Count("errors", Of("error")), Count("skipped", Of("skipped")),
            new XAttribute("timestamp", said.Input.Plan.CreatedAtUtc.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)), cases);

        int Of(string kind) => cases.Count(one => one.Element(kind) is not null);

        static XAttribute Count(string name, int number) => new(name, number.ToString(CultureInfo.InvariantCulture));
    }

    private static XAttribute Name(string text) => new("name", Plain(text));

    private static XAttribute Class(string experiment) => new("classname", Plain(experiment));

    // As content: the schema of the format knows no message of what is skipped.
    private static XElement Skipped(string why) => new("skipped", Plain(why));

    private static XElement Output(string text) => new("system-out", Plain(text));

    private static XElement Told(string element, string type, string message, string? text = null) =>
        new(element, new XAttribute("type", type), new XAttribute("message", Plain(message)), Plain(text ?? message));

    // What XML cannot hold, a control character of an image's program among it, is spelled out.
    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            plain.Append(rune.Value is '\n' or '\t' || (rune.Value >= 0x20 && rune.Value is not (0xFFFE or 0xFFFF)) ? rune.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"));
        }

        return plain.ToString();
    }

    [GeneratedRegex("^[^|]*\\|[^|]*\\|[^|]*\\|[^|]*\\|[^|\\s]*")]
    private static partial Regex CellOf();
}
