namespace Streamx.Hosting.Workers;

/// <summary>The values of the item that a slot has in hand.</summary>
internal interface IValuesInHand
{
    /// <summary>Which values they are.</summary>
    ItemInHand Item { get; }

    /// <summary>Settles values otherwise than by handling them. Runs no continuation and no user code.</summary>
    /// <param name="index">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <returns>How many were; the others count as abandoned, because the consumer has left.</returns>
    int SettleOtherwise(int index, int count);
}
