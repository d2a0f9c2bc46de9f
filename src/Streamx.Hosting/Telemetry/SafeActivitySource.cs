using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Streamx.Hosting.Telemetry;

/// <summary>An activity source whose listeners cannot throw into the code that is traced.</summary>
/// <remarks>
/// A listener that throws hides the call from the listeners behind it, and leaves the current activity as it is at that moment. So an
/// activity that was created goes on although its start has thrown, and the caller sets the current activity once an activity has stopped.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The source lives as long as the process.")]
internal sealed class SafeActivitySource
{
    private readonly string _name;

    /// <summary>The source; null if a listener threw when it was created.</summary>
    private readonly ActivitySource? _source;

    /// <summary>The exception that a listener threw when the source was created; null for none.</summary>
    private readonly Exception? _failure;

    /// <summary>Creates the source.</summary>
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
    /// <param name="failures">Receives the exception that a listener threw when the source was created; null to ignore it.</param>
    internal bool HasListeners(ListenerFailures? failures)
    {
        if (_failure is not null) failures?.Add(_name, _failure);
        return _source is not null && _source.HasListeners();
    }

    /// <summary>Creates an activity, starts it and makes it the current one; null if no listener wants it.</summary>
    /// <param name="create">Creates it, without starting it.</param>
    /// <param name="failures">Receives each exception of a listener; null to ignore them.</param>
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
        // Setting the same activity again would still notify the listeners of changes.
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
