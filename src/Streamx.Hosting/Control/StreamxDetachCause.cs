namespace Streamx.Hosting;

/// <summary>Why a consumer left its stream before the end.</summary>
public enum StreamxDetachCause
{
    /// <summary>It was detached through <see cref="IStreamxControl.DetachConsumer"/>.</summary>
    Operator,

    /// <summary>It failed, and its <see cref="ConsumerOptions.OnFailure"/> is <see cref="ConsumerFailure.Detach"/>.</summary>
    Failure,

    /// <summary>
    /// It held one value for too long, and its <see cref="ConsumerOptions.OnStall"/> is <see cref="StallAction.Detach"/>.
    /// </summary>
    Stall,

    /// <summary>Its code returned.</summary>
    Returned,
}
