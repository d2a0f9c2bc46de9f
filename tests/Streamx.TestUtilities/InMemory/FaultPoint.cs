namespace Streamx.TestUtilities.InMemory;

/// <summary>The steps between a process and the store at which something can go wrong.</summary>
internal enum FaultPoint
{
    /// <summary>Consumers are registered.</summary>
    Register,

    /// <summary>A consumer is retired.</summary>
    Retire,

    /// <summary>A process gets in line for the right to put.</summary>
    Lead,

    /// <summary>It is told that it leads.</summary>
    Grant,

    /// <summary>A leader says where its epoch begins.</summary>
    Begin,

    /// <summary>A leader appends a value, or the end.</summary>
    Append,

    /// <summary>A leader hands over.</summary>
    Release,

    /// <summary>A leader is told of consumers and their positions.</summary>
    Tell,

    /// <summary>A process gets in line for the values of a consumer.</summary>
    Join,

    /// <summary>It is told that the values come to it.</summary>
    Activate,

    /// <summary>It is given a value.</summary>
    Deliver,

    /// <summary>It reports what it has finished.</summary>
    Report,

    /// <summary>A session is prolonged.</summary>
    Renew,

    /// <summary>A leader decides the end.</summary>
    End,
}
