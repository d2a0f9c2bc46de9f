namespace Streamx.Hosting.Workers.Concurrent;

/// <content>Free slots: which of them wait, and which is woken next.</content>
internal sealed partial class SlotFeed<T, TRead>
{
    /// <summary>Has a slot wait, if there is nothing for it, and wakes those that need not wait.</summary>
    private SlotWakes WaitOrWakeLocked(SlotStep step, SlotWait wait, long now)
    {
        if (step == SlotStep.Wait) _waiting.Push(wait);
        return WakeLocked(now);
    }

    /// <summary>
    /// Wakes a slot that waits, if there is something to take and no slot is about to; all of them, if there is nothing any more.
    /// </summary>
    private SlotWakes WakeLocked(long now)
    {
        SlotWait? due = null;
        if (IsOverLocked)
        {
            while (_waiting.TryPop(out var wait)) AddDue(wait);
        }
        else if (_woken == 0 && _waiting.Count > 0 && TryGatherLocked(now))
        {
            AddDue(_waiting.Pop());
        }

        var startsTimer = _startsTimer;
        _startsTimer = false;
        return new SlotWakes(due, startsTimer);

        void AddDue(SlotWait wait)
        {
            _woken++;
            wait.NextDue = due;
            due = wait;
        }
    }

    /// <summary>Without the lock: carries out what has been decided under it.</summary>
    private void CarryOut(SlotWakes wakes)
    {
        if (wakes.StartsTimer) StartTimer();
        for (var due = wakes.Due; due is not null;)
        {
            var wait = due;
            due = wait.NextDue;
            wait.NextDue = null;
            Wake(wait);
        }
    }

    /// <summary>Ends the wait of a slot, which goes on where the continuations of the stream do.</summary>
    private void Wake(SlotWait wait)
    {
        if (wait.Complete() is { } due) _reader.Queue(due);
    }
}
