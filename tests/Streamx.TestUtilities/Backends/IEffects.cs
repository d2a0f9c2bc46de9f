using System.Data.Common;

namespace Streamx.TestUtilities.Backends;

/// <summary>What the handlers of a test change in transactions of what keeps their stream.</summary>
internal interface IEffects
{
    /// <summary>The values whose transactions have committed, in their order.</summary>
    int[] Values { get; }

    /// <summary>Begins a transaction.</summary>
    DbTransaction Begin();

    /// <summary>Has a value in a transaction: its effect, if that commits.</summary>
    void Add(DbTransaction transaction, int value);
}
