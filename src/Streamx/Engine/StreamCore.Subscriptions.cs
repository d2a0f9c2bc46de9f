namespace Streamx.Engine;

/// <content>Subscriptions: joining and leaving.</content>
internal sealed partial class StreamCore<T>
{
    /// <summary>Adds several subscriptions in one step: no value commits between them.</summary>
    internal Member<T>[] Subscribe(params ReadOnlySpan<SubscriptionOptions> options)
    {
        foreach (var option in options)
        {
            ArgumentNullException.ThrowIfNull(option, nameof(options));
            if (!Enum.IsDefined(option.Mode))
                throw new ArgumentOutOfRangeException(nameof(options), option.Mode, "Mode must be Every or Latest.");
        }

        ReleaseList released = default;
        var joined = new Member<T>[options.Length];
        Interleaving.Point("subscribe");
        using (Enter())
        {
            AssertInvariants();
            for (var i = 0; i < joined.Length; i++)
            {
                var name = options[i].Name ?? $"subscription-{++_numberedSubscriptions}";
                var member = joined[i] = new Member<T>(name, options[i].Mode, _accepted);
                if (_state == StreamState.Open)
                {
                    _members.Add(member);
                }
                else
                {
                    member.JoinedAfterEnd = true;
                    member.AcceptedAtEnd = _accepted;
                }
            }

            SettleLocked(gate: null, ref released);
        }

        released.ReleaseAll(_continuations, _inline);
        return joined;
    }

    /// <summary>Removes a subscription from the stream, at once and for good.</summary>
    /// <param name="member">The subscription.</param>
    /// <param name="because">The cancelled token that makes it leave, if one does: its reads then throw its cancellation.</param>
    internal void Leave(Member<T> member, CancellationToken because = default)
    {
        ReleaseList released = default;
        Interleaving.Point("leave");
        using (Enter())
        {
            AssertInvariants();
            if (member.HasLeft) return;
            member.LeftBecauseOf = because;
            LeaveLocked(member, ref released);
        }

        released.ReleaseAll(_continuations, _inline);
    }

    /// <summary>Removes a member; what it holds is abandoned.</summary>
    private void LeaveLocked(Member<T> member, ref ReleaseList released)
    {
        member.HasLeft = true;
        if (member.JoinedAfterEnd) return;
        // Before its run is revoked: it may have finished the awaited value in it, without having reported that yet.
        var wasGating = IsGatingLocked(member);
        EndRunLocked(member);
        member.AcceptedAtEnd = _accepted;
        // The put waited for the last member, also if it now goes on waiting for a subscription.
        if (_members.GatingCount == 1 && wasGating) BookWaitLocked(_puts.Head!, member, _clock.Now);
        _members.Remove(member);
        member.Abandoned += member.Held;
        // What it has taken and not begun it never got.
        member.Position = member.NextToTake - member.NotBegun;
        member.Held = member.NotBegun = member.FinishedAhead = 0;
        member.Newest = default!;
        member.HasNewest = false;
        if (member.WaitingRead is not null) EndReadLocked(member, ReadOutcome.Left, ref released);
        SettleLocked(gate: member, ref released);
    }
}
