namespace Streamx.Hosting;

/// <summary>Where a durable consumer begins that was not registered before.</summary>
public enum StartFrom
{
    /// <summary>With the first value that is put after it has been registered.</summary>
    Now,

    /// <summary>With the oldest value that is kept.</summary>
    Oldest,
}
