namespace Streamx.Hosting.Workers.Concurrent;

/// <summary>What a slot does next.</summary>
internal enum SlotStep
{
    /// <summary>It handles the item that it has been given.</summary>
    Handle,

    /// <summary>It waits until it is woken, and asks again.</summary>
    Wait,

    /// <summary>It ends: there will be no more items for it.</summary>
    End,
}
