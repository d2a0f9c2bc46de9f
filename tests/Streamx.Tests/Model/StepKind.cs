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
    Finish,
    Leave,
    Flush,
    CancelFlush,
    Close,
    Fault,
}
