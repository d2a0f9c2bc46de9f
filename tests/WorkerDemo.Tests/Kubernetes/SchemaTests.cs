namespace WorkerDemo.Tests.Kubernetes;

/// <summary>That the schemas find what is wrong.</summary>
public class SchemaTests
{
    private const string Container = "spec/template/spec/containers/0";

    [Theory]
    [InlineData("Deployment", "spec/replicas", "\"1\"", "/replicas must be integer")]
    [InlineData("Deployment", $"{Container}/ports/0/containerPort", "\"8080\"", "/containerPort must be integer")]
    [InlineData("Deployment", $"{Container}/env/0/value", "8080", "/value must be string")]
    [InlineData("Deployment", "spec/template/spec/terminationGracePeriodSeconds", "\"45\"", "/terminationGracePeriodSeconds must be integer")]
    [InlineData("PodDisruptionBudget", "spec/selector", "[]", "/selector must be object")]
    [InlineData("ConfigMap", "data", """{ "Streamx__events__Window": 16 }""", "/Streamx__events__Window must be string")]
    [InlineData("PodDisruptionBudget", "apiVersion", "\"policy/v7\"", "there is no schema for policy/v7 PodDisruptionBudget")]
    public async Task WrongType_InARenderedObject_IsFound(string kind, string path, string value, string problem)
    {
        var manifests = (await Manifests.RenderOverlayAsync("in-process")).With(kind, path, value);

        var problems = await Schemas.ProblemsAsync(manifests);

        Assert.Contains(problems, line => line.StartsWith($"{kind}/", StringComparison.Ordinal) && line.Contains(problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Deployment", "spec/replica", "1", "replica")]
    [InlineData("Deployment", $"{Container}/livenessProb", "{}", "livenessProb")]
    [InlineData("Deployment", $"{Container}/livenessProbe/treshold", "6", "treshold")]
    [InlineData("Deployment", "spec/template/spec/securityContext/readOnlyRootFilesystem", "true", "readOnlyRootFilesystem")]
    [InlineData("PodDisruptionBudget", "spec/maxUnavailabel", "1", "maxUnavailabel")]
    [InlineData("ConfigMap", "dat", "{}", "dat")]
    public async Task UnknownField_InARenderedObject_IsFound(string kind, string path, string value, string field)
    {
        var manifests = (await Manifests.RenderOverlayAsync("in-process")).With(kind, path, value);

        var problems = await Schemas.ProblemsAsync(manifests);

        Assert.Contains(problems, line => line.StartsWith($"{kind}-", StringComparison.Ordinal) && line.Contains($"'\"{field}\"' does not exist in type", StringComparison.Ordinal));
    }
}
