using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Streamx.Hosting.Telemetry;

/// <summary>An activity source whose listeners cannot throw into the code that is traced.</summary>
/// <remarks>
/// A listener that throws hides the call from the listeners behind it, and leaves the current activity as it then is. So an activity that
/// was created goes on although its start has thrown, and the caller says what is current once one has stopped.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The source lives as long as the process.")]
internal sealed class SafeActivitySource
{
    private readonly string _name;

    /// <summary>The source; null if a listener threw when it was made.</summary>
    private readonly ActivitySource? _source;

    /// <summary>What a listener threw when the source was made; null for nothing.</summary>
    private readonly Exception? _failure;

    /// <summary>Makes the source.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="version">Its version.</param>
    internal SafeActivitySource(string name, string? version)
    {
        _name = name;
        try
        {
            _source = new ActivitySource(name, version);
        }
        catch (Exception error)
        {
            _failure = error;
        }
    }

    /// <summary>Whether there are listeners.</summary>
    /// <param name="failures">Told of what a listener threw when the source was made; null for no one.</param>
    internal bool HasListeners(ListenerFailures? failures)
    {
        if (_failure is not null) failures?.Add(_name, _failure);
        return _source is not null && _source.HasListeners();
    }

    /// <summary>Creates an activity, starts it and makes it the current one; null if no listener wants it.</summary>
    /// <param name="create">Creates it, without starting it.</param>
    /// <param name="failures">Told of each exception of a listener; null for no one.</param>
    internal Activity? Start(Func<ActivitySource, Activity?> create, ListenerFailures? failures)
    {
        if (_source is null) return null;
        Activity? activity = null;
        Guard(() => activity = create(_source), failures);
        if (activity is not null) Guard(() => activity.Start(), failures);
        return activity;
    }

    /// <summary>Stops an activity.</summary>
    internal void Stop(Activity activity, ListenerFailures? failures) => Guard(activity.Stop, failures);

    /// <summary>Makes an activity the current one; null for none.</summary>
    internal void MakeCurrent(Activity? activity, ListenerFailures? failures)
    {
        // Even to set what is set already has the listeners of changes called.
        if (Activity.Current != activity) Guard(() => Activity.Current = activity, failures);
    }

    private void Guard(Action action, ListenerFailures? failures)
    {
        try
        {
            action();
        }
        catch (Exception error)
        {
            failures?.Add(_name, error);
        }
    }
}
