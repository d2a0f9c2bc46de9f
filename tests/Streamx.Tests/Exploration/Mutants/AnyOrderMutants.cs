using Streamx.Tests.Exploration.Scenarios;

namespace Streamx.Tests.Exploration.Mutants;

/// <summary>Defects of members that finish their values in any order.</summary>
internal static class AnyOrderMutants
{
    private const string AnyOrder = "Engine/StreamCore.AnyOrder.cs";
    private const string Ending = "Engine/StreamCore.Ending.cs";
    private const string Puts = "Engine/StreamCore.Puts.cs";
    private const string Settling = "Engine/StreamCore.Settling.cs";
    private const string Subscriptions = "Engine/StreamCore.Subscriptions.cs";

    internal static IReadOnlyList<Mutant> All { get; } =
    [
        new("AnyOrderMovesPastAGap", nameof(AnyOrderAgainstEverything), "Engine/UnfinishedValues.cs",
            "while (next < _end && HeldSince(next) == Finished) next++;",
            "next = position == oldest ? _end : oldest;",
            "The position goes on to the newest value taken, past values that are unfinished."),
        new("AnyOrderStopsAtTheFirst", nameof(AnyOrderAgainstEverything), "Engine/UnfinishedValues.cs",
            "while (next < _end && HeldSince(next) == Finished) next++;",
            "if (position == oldest) next++;",
            "The position stays at a value that was finished before."),
        new("AnyOrderCountsFinishedAsRoom", nameof(AnyOrderAgainstEverything), AnyOrder,
            "var minimumMoves = moves > 0 && _members.Advance(member, moves);",
            "if (moves == 0) { moves = 1; member.FinishedAhead--; } var minimumMoves = moves > 0 && _members.Advance(member, moves);",
            "A put commits for a value that was finished though an older one is not."),
        new("AnyOrderTakesTooMany", nameof(AnyOrderAgainstEverything), AnyOrder,
            "if (outcome == ReadOutcome.Value && !MayTakeLocked(member)) outcome = ReadOutcome.Waiting;",
            "",
            "More values are in hand than may be."),
        new("AnyOrderForgetsTheRead", nameof(AnyOrderAgainstEverything), AnyOrder,
            "if (member.WaitingRead is not null && AvailableLocked(member) > 0) ServeLocked(member, ref released);",
            "",
            "A read that waits until a value is finished is not served when that happens."),
        new("AnyOrderDoesNotSettle", nameof(AnyOrderAgainstEverything), AnyOrder,
            "if (minimumMoves) SettleLocked(gate: member, ref released);",
            "if (minimumMoves && _puts.Head is null) SettleLocked(gate: member, ref released);",
            "A put that waited for the finished value is not decided."),
        new("AnyOrderEndsAFullHand", nameof(AnyOrderAgainstEverything), Settling,
            "if (member.WaitingRead is null || (AvailableLocked(member) > 0 && !MayTakeLocked(member))) continue;",
            "if (member.WaitingRead is null) continue;",
            "At the end a read takes more than may be in hand."),
        new("AnyOrderServesAFullHandOnClose", nameof(AnyOrderAgainstEverything), Ending,
            "if (member.WaitingRead is not null && AvailableLocked(member) > 0 && MayTakeLocked(member)) ServeLocked",
            "if (member.WaitingRead is not null && AvailableLocked(member) > 0) ServeLocked",
            "On closing a read takes more than may be in hand."),
        new("AnyOrderServesAFullHandOnCommit", nameof(AnyOrderAgainstEverything), Puts,
            "AvailableLocked(member) >= reader.Needed && MayTakeLocked(member))",
            "AvailableLocked(member) >= reader.Needed)",
            "When another value commits a read takes more than may be in hand."),
        new("AnyOrderFinishesAfterLeaving", nameof(AnyOrderAgainstEverything), AnyOrder,
            "if (member.HasLeft) return false; var unfinished = member.Unfinished!; if (!unfinished.IsInHand",
            "var unfinished = member.Unfinished!; if (!unfinished.IsInHand",
            "A value that was abandoned counts as finished as well."),
        new("AnyOrderLeavesBehindAGap", nameof(AnyOrderAgainstEverything), Subscriptions,
            "member.Position = member.NextToTake - member.NotBegun; member.Held = member.NotBegun = member.FinishedAhead = 0;",
            "member.Position += member.Held; member.Held = member.NotBegun = member.FinishedAhead = 0;",
            "After leaving, values that were finished behind a gap count as never taken."),
        new("BeginAfterLeaving", nameof(BeginAgainstEverything), AnyOrder,
            """if (member.HasLeft) return false; var unfinished = member.Unfinished!; if (!unfinished.Contains(position""",
            """var unfinished = member.Unfinished!; if (!unfinished.Contains(position""",
            "A value is begun that its subscription never got."),
        new("BeginLooksBeforeTheLock", nameof(BeginAgainstEverything), AnyOrder,
            """Interleaving.Point("begin"); using (_lock.Enter()) { _clock.Set(reading); AssertInvariants(); if (member.HasLeft) return false;""",
            """if (member.HasLeft) return false; Interleaving.Point("begin"); using (_lock.Enter()) { _clock.Set(reading); AssertInvariants();""",
            "The subscription leaves between the look and the lock."),
        new("BeginTakesForGood", nameof(BeginAgainstEverything), AnyOrder,
            "member.NotBegun--; member.Held++;",
            "member.NotBegun--;",
            "A value that was begun is not in hand: leaving does not abandon it."),
        new("BeginMakesRoom", nameof(BeginAgainstEverything), AnyOrder,
            "member.Held + member.NotBegun < unfinished.Max",
            "member.Held < unfinished.Max",
            "More values are taken than may be unfinished."),
        new("LeaveAbandonsWhatIsNotBegun", nameof(BeginAgainstEverything), Subscriptions,
            "member.Abandoned += member.Held;",
            "member.Abandoned += member.Held + member.NotBegun;",
            "A value that was not begun counts as abandoned."),
        new("LeaveTakesWhatIsNotBegun", nameof(BeginAgainstEverything), Subscriptions,
            "member.Position = member.NextToTake - member.NotBegun;",
            "member.Position = member.NextToTake;",
            "After leaving, values that were not begun count as taken."),
    ];
}
