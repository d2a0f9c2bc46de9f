namespace Streamx.Hosting.Workers;

/// <summary>A worker needed a service scope after the host had been disposed. Not a failure of the worker.</summary>
internal sealed class HostDisposedException(ObjectDisposedException inner) : Exception("The host has been disposed.", inner);
