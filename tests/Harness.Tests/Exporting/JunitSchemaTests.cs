using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;
using Harness.Core.Model;
using Harness.Reporting.Exporting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Exporting;

/// <summary>The test cases against the schema that Jenkins published for JUnit's format (MIT; the file names its source).</summary>
public sealed class JunitSchemaTests : IDisposable
{
    private readonly RunBuilder _run = new();
    private readonly string _target = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose()
    {
        _run.Dispose();
        Directory.Delete(_target, recursive: true);
    }

    [Fact]
    public void The_document_is_valid_whatever_a_trial_said()
    {
        var path = Path.Combine(_target, "junit.xml");
        var folder = _run.Usual().Unmeasured(Outcome.Broken, "\u001b[31m \u0001 ]]> & <x> \ud83d\ude00", block: 3).NotRun(block: 4).Build();
        Exports.Write(folder, new ExportRequest([ExportKind.Junit], path, PlantedRun.Redaction) { Gate = """{"gate": {"exit_code": 5, "alarms": []}}""" }, TestContext.Current.CancellationToken);
        Assert.Equal("", Problems(XDocument.Load(path)));
    }

    [Fact]
    public void The_schema_refuses_what_is_none() =>
        Assert.NotEqual("", Problems(XDocument.Parse("<testsuites><testsuite><testcase verdict='yes'/></testsuite></testsuites>")));

    private static string Problems(XDocument document)
    {
        var schemas = new XmlSchemaSet();
        using var reader = XmlReader.Create(Path.Combine(RunBuilder.Repository, "tests", "Harness.Tests", "Exporting", "Schemas", "jenkins-junit.xsd"));
        schemas.Add(null, reader);
        var problems = new List<string>();
        document.Validate(schemas, (_, problem) => problems.Add(problem.Message));
        return string.Join('\n', problems);
    }
}
