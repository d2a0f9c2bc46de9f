using FsCheck;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace Streamx.Tests.Model;

/// <summary>Keeps what FsCheck found: the smallest failing program, and how to come to it again.</summary>
internal sealed class ShrunkFailure : IRunner
{
    /// <summary>The smallest failing program; null when all passed.</summary>
    internal StreamProgram? Program { get; private set; }

    /// <summary>What <c>STREAMX_REPLAY</c> has to be to generate it again.</summary>
    internal string Replay { get; private set; } = "";

    public void OnStartFixture(Type t)
    {
    }

    public void OnArguments(int ntest, FSharpList<object> args, FSharpFunc<int, FSharpFunc<FSharpList<object>, string>> every)
    {
    }

    public void OnShrink(FSharpList<object> args, FSharpFunc<FSharpList<object>, string> everyShrink)
    {
    }

    public void OnFinished(string name, FsCheck.TestResult testResult)
    {
        if (testResult is not FsCheck.TestResult.Failed { Item3: var shrunk, Item6: var random, Item7: var size }) return;
        Program = (StreamProgram)shrunk[0];
        Replay = $"{random.Seed},{random.Gamma},{size}";
    }
}
