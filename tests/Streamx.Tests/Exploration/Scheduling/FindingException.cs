namespace Streamx.Tests.Exploration.Scheduling;

/// <summary>Thrown by a check that does not hold.</summary>
internal sealed class FindingException(string message) : Exception(message)
{
    /// <summary>Throws unless a sentence of the contract holds.</summary>
    internal static void Unless(bool holds, string message)
    {
        if (!holds) throw new FindingException(message);
    }
}
