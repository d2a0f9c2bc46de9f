namespace Streamx.Hosting.TransportAbstractions;

/// <summary>Refuses what an engine cannot do, by the name of its package.</summary>
internal static class NotSupportedByEngine
{
    /// <summary>The exception.</summary>
    /// <param name="part">Any part of the engine.</param>
    /// <param name="what">What it cannot: a verb and its object.</param>
    internal static NotSupportedException To(object part, string what) => new($"{part.GetType().Assembly.GetName().Name} cannot {what}.");
}
