namespace Streamx.Repository.Tests;

/// <summary>A file of the repository that is generated from the code.</summary>
internal static class RecordedFile
{
    /// <summary>Set to 1 to write the files instead of comparing with them.</summary>
    private const string RecordVariable = "STREAMX_RECORD_API";

    /// <summary>Asserts that the file says what the code does.</summary>
    internal static void AssertSays(string file, string actual)
    {
        var path = Path.Combine(Repository.Root, file);
        if (Environment.GetEnvironmentVariable(RecordVariable) == "1") File.WriteAllText(path, actual);

        Assert.True(File.Exists(path), $"{path} is missing: run this test with {RecordVariable}=1 and read what it wrote.");
        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), actual);
    }
}
