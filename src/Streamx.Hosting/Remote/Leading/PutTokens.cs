namespace Streamx.Hosting.Remote.Leading;

/// <summary>The tokens of puts that wait: one registration for each token, however many puts have it.</summary>
/// <remarks>
/// A token keeps the memory of all registrations that it ever had at once, so that one for each put would stay with a token that lives as
/// long as the process. Guarded by the lock of the queue it belongs to, but for <see cref="Registration"/>.
/// </remarks>
internal sealed class PutTokens
{
    private readonly Dictionary<CancellationToken, Registration> _registrations = [];

    /// <summary>How many tokens are registered with.</summary>
    internal int Count => _registrations.Count;

    /// <summary>A put with a token begins to wait.</summary>
    /// <returns>What is to be registered with the token, outside the lock; null if something is.</returns>
    internal Registration? AddLocked(CancellationToken token)
    {
        if (!token.CanBeCanceled) return null;
        if (_registrations.TryGetValue(token, out var known))
        {
            known.Puts++;
            return null;
        }

        return _registrations[token] = new Registration { Puts = 1 };
    }

    /// <summary>A put with a token waits no more.</summary>
    internal void RemoveLocked(CancellationToken token)
    {
        if (!_registrations.TryGetValue(token, out var registration) || --registration.Puts > 0) return;
        _registrations.Remove(token);
        registration.End();
    }

    /// <summary>A registration with one token.</summary>
    internal sealed class Registration
    {
        private readonly Lock _lock = new();
        private CancellationTokenRegistration _registration;
        private bool _hasEnded;

        /// <summary>How many puts wait. Guarded by the lock of the queue.</summary>
        internal int Puts { get; set; }

        /// <summary>It has been made.</summary>
        internal void Begin(CancellationTokenRegistration registration)
        {
            lock (_lock)
            {
                _registration = registration;
                if (_hasEnded) registration.Unregister();
            }
        }

        /// <summary>It is not needed any more. It does not wait for a callback.</summary>
        internal void End()
        {
            lock (_lock)
            {
                _hasEnded = true;
                _registration.Unregister();
            }
        }
    }
}
