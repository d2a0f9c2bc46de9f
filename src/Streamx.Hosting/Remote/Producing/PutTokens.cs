namespace Streamx.Hosting.Remote.Producing;

/// <summary>The cancellation tokens of waiting puts: one registration for each token, however many puts share it.</summary>
/// <remarks>
/// A token keeps the memory of the most registrations that it ever had at once. With one registration for each put, that memory would
/// stay as long as a token that lives as long as the process. Guarded by the lock of the queue it belongs to, but for
/// <see cref="Registration"/>.
/// </remarks>
internal sealed class PutTokens
{
    private readonly Dictionary<CancellationToken, Registration> _registrations = [];

    /// <summary>How many tokens have a registration.</summary>
    internal int Count => _registrations.Count;

    /// <summary>A put with a token begins to wait.</summary>
    /// <returns>The registration to make with the token, outside the lock; null if the token has one.</returns>
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

    /// <summary>A put with a token no longer waits.</summary>
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

        /// <summary>The registration has been made.</summary>
        internal void Begin(CancellationTokenRegistration registration)
        {
            lock (_lock)
            {
                _registration = registration;
                if (_hasEnded) registration.Unregister();
            }
        }

        /// <summary>The registration is not needed any more. Does not wait for a callback.</summary>
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
