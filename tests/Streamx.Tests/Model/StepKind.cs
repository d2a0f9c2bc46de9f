namespace Streamx.Tests.Model;

/// <summary>What a step of a program does.</summary>
internal enum StepKind
{
    Put,
    PutMany,
    TryPut,
    CancelPut,
    Subscribe,
    Read,
    Leave,
    Flush,
    CancelFlush,
    Close,
    Fault,
}
