namespace Streamx.TestUtilities.InMemory;

/// <summary>Defects that a store can be given, so that checks can be seen to find them.</summary>
internal enum StoreBug
{
    /// <summary>None.</summary>
    None,

    /// <summary>What a leader appends is taken although another leads.</summary>
    NoFence,

    /// <summary>An append is confirmed although the session was lost before the store had it.</summary>
    ConfirmsWhatIsLost,

    /// <summary>An append is confirmed when it has reached some of the consumers only.</summary>
    ConfirmsPartway,

    /// <summary>Now and then a value does not reach one of the consumers.</summary>
    ForgetsAConsumer,

    /// <summary>A position covers the value behind what is finished.</summary>
    PositionAhead,

    /// <summary>A leader is told that no other has led in between.</summary>
    ForgetsOtherLeaders,

    /// <summary>A leader is told that every consumer has received what one has.</summary>
    LowestReceivedTooHigh,

    /// <summary>A leader is told that no consumer has received more than the one that has least.</summary>
    HighestReceivedTooLow,

    /// <summary>Positions are not stored.</summary>
    ForgetsPositions,

    /// <summary>What is delivered again is not marked.</summary>
    RedeliversUnmarked,

    /// <summary>All sessions of a consumer get its values.</summary>
    TwoActive,

    /// <summary>A process learns too late that its session has expired.</summary>
    HearsTooLate,

    /// <summary>The next in line does not get the values of a session that is over.</summary>
    ForgetsTheNext,

    /// <summary>The end is given to one process of a consumer only.</summary>
    ForgetsTheEnd,

    /// <summary>Processes that wait to lead are not told that the stream has ended.</summary>
    KeepsTheEndToItself,

    /// <summary>Now and then the leader is not told of a position.</summary>
    LosesReports,

    /// <summary>Now and then a value is delivered twice.</summary>
    DeliversTwice,

    /// <summary>Values are given out newest first when one takes over.</summary>
    DeliversOutOfOrder,

    /// <summary>A leader is not told that the end has been decided and is not complete.</summary>
    ForgetsTheDecidedEnd,

    /// <summary>A store that has lost everything keeps the id of the stream.</summary>
    KeepsTheIdWhenWiped,

    /// <summary>Leaders get one epoch.</summary>
    RepeatsAnEpoch,

    /// <summary>Processes are told of every end that it had been decided before they came.</summary>
    TakesTheEndForPast,

    /// <summary>Processes are told of every value that it belongs to the stream as it was opened again.</summary>
    TakesValuesForBeyond,

    /// <summary>Values that the store has lost are passed over without a word.</summary>
    HidesLosses,

    /// <summary>A consumer that registers again begins anew where the stream is.</summary>
    RegistersAnew,

    /// <summary>A new epoch takes every consumer to its beginning.</summary>
    SkipsTheUnfinished,

    /// <summary>The leader is told of each consumer what the furthest has finished.</summary>
    MixesUpPositions,

    /// <summary>The values of one append are stored in the opposite order.</summary>
    ReversesMany,

    /// <summary>The first value of an append is stored in place of each.</summary>
    RepeatsTheFirstOfMany,

    /// <summary>The last value of an append is not stored, and is confirmed with the others.</summary>
    DropsTheRestOfMany,
}
