namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>Takes several numbers, and begins and finishes each in any order. What it is asked after it has left has no effect: false.</summary>
internal interface ISlots : IAsyncEnumerator<int[]>
{
    /// <summary>Begins a number that it has taken.</summary>
    bool Begin(int taken);

    /// <summary>Finishes a number that it has begun.</summary>
    bool Finish(int begun);

    /// <summary>Finishes a number that it has begun, and begins another that it has taken, in one step.</summary>
    bool FinishThenBegin(int begun, int taken);
}
