namespace Streamx.Hosting.Registration;

/// <summary>A worker that is built from the container.</summary>
/// <param name="Type">Its class, or the service type that the user has registered for it.</param>
/// <param name="Role">Its role, worded for the beginning of a sentence.</param>
/// <param name="Name">Its name.</param>
internal sealed record WorkerClass(Type Type, string Role, string Name);
