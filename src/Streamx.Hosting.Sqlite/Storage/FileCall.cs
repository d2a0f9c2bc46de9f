namespace Streamx.Hosting.Sqlite.Storage;

/// <summary>Something to be done in a transaction of a file.</summary>
internal abstract class FileCall
{
    /// <summary>Does it. A transaction may be undone and tried again, so this changes nothing but the file.</summary>
    internal abstract void Run(FileTransaction transaction);

    /// <summary>It is committed.</summary>
    internal abstract void Complete();

    /// <summary>It will not be known whether it was committed.</summary>
    internal abstract void Fail(Exception error);
}
