using System.Text.Json;
using System.Text.Json.Nodes;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Kubernetes;

/// <summary>Kubernetes' own schemas: one package knows the types of fields, the other which fields there are.</summary>
internal static class Schemas
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>A line for everything that the schemas do not allow.</summary>
    internal static async Task<IReadOnlyList<string>> ProblemsAsync(Manifests manifests)
    {
        if (!Directory.Exists(Path.Combine(Checkout.Schemas, "node_modules")))
            Assert.Fail($"This test needs 'npm ci' in {Checkout.Schemas}. tests/run.sh does it.");
        return [.. await WrongTypesAsync(manifests), .. await UnknownFieldsAsync(manifests)];
    }

    private static async Task<string[]> WrongTypesAsync(Manifests manifests)
    {
        var objects = new JsonArray([.. manifests.Objects.Select(item => item.DeepClone())]);
        var (exitCode, output, error) = await Tool.RunAsync("node", ["find-wrong-types.mjs"], Checkout.Schemas, objects.ToJsonString());
        Assert.True(exitCode == 0, error);
        return Lines(output);
    }

    /// <summary>As TypeScript, an object literal may have no field that its type does not have.</summary>
    private static async Task<string[]> UnknownFieldsAsync(Manifests manifests)
    {
        using var folder = new TempFolder();
        foreach (var (index, item) in manifests.Objects.Index())
        {
            await File.WriteAllTextAsync(folder.File($"{item.Text("kind")}-{index}.ts"), $"""
                import type * as {nameof(Schemas)} from '{TypesOf(item.Text("apiVersion")!)}';
                export const item: {nameof(Schemas)}.{item.Text("kind")} = {item.ToJsonString(s_indented)};
                """);
        }

        var compiler = Path.Combine(Checkout.Schemas, "node_modules", "typescript", "bin", "tsc");
        string[] files = [.. Directory.EnumerateFiles(folder.Root).Select(file => Path.GetFileName(file)).Order()];
        string[] arguments = [compiler, "--noEmit", "--strict", "--skipLibCheck", "--pretty", "false", .. files];
        var (exitCode, output, error) = await Tool.RunAsync("node", arguments, folder.Root);
        Assert.True(error.Length == 0 && (exitCode == 0) == (output.Length == 0), $"tsc ended with {exitCode}.\n{output}\n{error}");
        return Lines(output);
    }

    /// <summary>The module for a group and version: <c>v1</c> is core, and groups go without their domain.</summary>
    private static string TypesOf(string apiVersion)
    {
        var (group, version) = apiVersion.Split('/') is [var left, var right] ? (left.Split('.')[0], right) : ("core", apiVersion);
        return Path.Combine(Checkout.Schemas, "node_modules", "kubernetes-types", group, version).Replace('\\', '/');
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
