using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Simulation;

/// <content>What goes wrong with processes and with the store.</content>
internal sealed partial class ClusterSimulation
{
    /// <summary>Takes a step, or does something to a process or the store.</summary>
    private async Task DisturbAsync()
    {
        SimulatedProcess[] running = [.. Running];
        var victim = running.Length == 0 ? null : running[_dice.Below(running.Length)];
        var what = _dice.Below(100);
        if (what < 84 || victim is null || _plan.IsCalm)
        {
            await StepAsync(static simulation => simulation._clock.AdvanceToNext());
            return;
        }

        if (_absent.Count > 0 && what < 89)
        {
            var role = _absent[0];
            _absent.RemoveAt(0);
            await RestartAsync(role);
            return;
        }

        Disturbances++;
        if (await TroubleStoreAsync()) return;
        Action<ClusterSimulation> act;
        switch (what)
        {
            case < 90:
                act = _ => victim.Transport.Disconnect();
                break;
            case < 95:
                // One at a time mostly, so that it also comes back.
                if (_dice.In100(80)) victim = Array.Find(running, process => process.Transport.IsPartitioned) ?? victim;
                act = _ => TogglePartition(victim);
                break;
            case < 98:
                act = _ => Kill(victim);
                break;
            default:
                act = _ => Stop(victim);
                break;
        }

        Ledger.Note($"{victim.Name} {what switch { < 90 => "disconnected", < 95 => "cut off, or not any more", < 98 => "killed", _ => "stopped" }}");
        await StepAsync(act);
    }

    /// <summary>Now and then has the store lose something.</summary>
    /// <returns>Whether it has.</returns>
    private async Task<bool> TroubleStoreAsync()
    {
        var what = _dice.Below(100);
        var consumer = _plan.Consumers[_dice.Below(_plan.Consumers.Count)];
        if (_plan.HasWipes && what < 12)
        {
            Ledger.Note("wiped");
            await StepAsync(simulation =>
            {
                simulation._store.Wipe(simulation._plan.Consumers);
                simulation.Ledger.OnWiped();
            });
            return true;
        }

        if (_plan.HasRetirements && what is >= 12 and < 24 && _store.Ends == 0)
        {
            Ledger.Note($"{consumer} retired");
            Ledger.OnRetired(consumer);
            await StepAsync(simulation => _ = simulation._store.CreateProcess("operator").RetireAsync(consumer, default));
            return true;
        }

        if (!_plan.HasLosses || what < 70) return false;
        foreach (var value in _store.Lose(consumer, 1 + _dice.Below(3)))
        {
            var lost = new NumberSerializer().Deserialize(value.Value.Body.Span);
            Ledger.Note($"{consumer} loses {lost}");
            Ledger.OnLost(consumer, lost);
        }

        return true;
    }

    private static void TogglePartition(SimulatedProcess process)
    {
        if (process.Transport.IsPartitioned) process.Transport.Heal();
        else process.Transport.Partition();
    }

    private void Kill(SimulatedProcess process)
    {
        process.Transport.Kill(isNoticed: _dice.In100(50));
        _absent.Add(process.Role);
    }

    private void Stop(SimulatedProcess process)
    {
        process.Stop();
        _absent.Add(process.Role);
    }
}
