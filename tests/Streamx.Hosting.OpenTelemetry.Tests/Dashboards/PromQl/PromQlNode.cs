namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.PromQl;

/// <summary>A node of the syntax tree that Prometheus' own grammar makes of a query.</summary>
internal sealed record PromQlNode(string Name, string Text, IReadOnlyList<PromQlNode> Children)
{
    /// <summary>The first child of a name, if there is one.</summary>
    public PromQlNode? Child(string name) => Children.FirstOrDefault(child => child.Name == name);

    /// <summary>The children of a name.</summary>
    public IEnumerable<PromQlNode> All(string name) => Children.Where(child => child.Name == name);

    /// <summary>This node and all below it.</summary>
    public IEnumerable<PromQlNode> Descendants() => [this, .. Children.SelectMany(child => child.Descendants())];
}
