namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards;

/// <summary>What a command ended with.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error);
