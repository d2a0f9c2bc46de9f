namespace Streamx.Hosting.RabbitMQ.Tests.Support;

/// <summary>Tests of what the process has only one of, as its exit code: they run beside no others.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
