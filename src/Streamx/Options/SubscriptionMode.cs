namespace Streamx;

/// <summary>Which values a subscription sees.</summary>
public enum SubscriptionMode
{
    /// <summary>Every value, in order. Puts wait for it. The default.</summary>
    Every,

    /// <summary>
    /// The newest value whenever it asks. It never makes a put, a close or a flush wait; values that were replaced before it
    /// asked are counted as overtaken.
    /// </summary>
    Latest,
}
