namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.PromQl;

/// <summary>What there is to say about a query.</summary>
/// <param name="Problems">What is wrong with it.</param>
/// <param name="Labels">The labels of its result.</param>
internal sealed record QueryFindings(IReadOnlyList<string> Problems, IReadOnlySet<string> Labels);
