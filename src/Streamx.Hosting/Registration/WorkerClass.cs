namespace Streamx.Hosting.Registration;

/// <summary>A worker that is built from the container.</summary>
/// <param name="Type">Its class, or what the user has registered one as.</param>
/// <param name="Role">What it is, at the beginning of a sentence.</param>
/// <param name="Name">Its name.</param>
internal sealed record WorkerClass(Type Type, string Role, string Name);
