namespace WorkerDemo;

/// <summary>Something that happened on this machine: what all consumers see.</summary>
/// <param name="Sequence">Its number in this run, from 1.</param>
/// <param name="Time">When it was noticed.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Source">Where it comes from: a process's name, or the input that a line was read from.</param>
/// <param name="Message">What happened, for people; the line itself when it is one.</param>
/// <param name="Pid">The process's id; null for a line.</param>
/// <param name="Cpu">The process's CPU use in percent of one core, once it has been measured.</param>
/// <param name="Memory">The process's working set in bytes, when known.</param>
internal sealed record HostEvent(
    long Sequence, DateTimeOffset Time, HostEventKind Kind, string Source, string Message,
    int? Pid = null, double? Cpu = null, long? Memory = null);
