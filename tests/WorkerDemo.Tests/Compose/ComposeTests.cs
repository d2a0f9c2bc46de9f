using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using WorkerDemo.Tests.Kubernetes;

namespace WorkerDemo.Tests.Compose;

/// <summary>What the compose file starts is what the sample has. No container engine runs here.</summary>
public class ComposeTests
{
    private readonly ComposeFile _file = ComposeFile.Read();

    public static TheoryData<string> Workers => [.. ComposeFile.Read().Workers.Keys];

    /// <summary>A misspelt key would be refused by the engine.</summary>
    [Fact]
    public void File_HasKeysOfTheComposeSpecification()
    {
        var top = _file.Root.Select(entry => entry.Key).Where(key => !key.StartsWith("x-", StringComparison.Ordinal));
        Assert.Subset(new HashSet<string> { "name", "services", "volumes" }, top.ToHashSet());
        HashSet<string> known =
        [
            "build", "command", "depends_on", "environment", "healthcheck", "hostname", "image", "restart", "stop_grace_period", "tmpfs",
            "volumes",
        ];
        Assert.All(_file.Services, service => Assert.Subset(known, service.Value.Select(entry => entry.Key).ToHashSet()));
    }

    [Theory]
    [MemberData(nameof(Workers))]
    public void Worker_PassesOptionsOfTheHelp_ThatTheProgramAccepts(string name)
    {
        var arguments = ComposeFile.Arguments(_file.Workers[name]);
        using var help = new StreamReader(typeof(CommandLine).Assembly.GetManifestResourceStream("help.txt")!);
        var options = Regex.Matches(help.ReadToEnd(), @"^  (?<option>--[\w-]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)
            .Select(match => match.Groups["option"].Value);

        Assert.Subset(options.ToHashSet(), arguments.Where(argument => argument.StartsWith("--", StringComparison.Ordinal)).ToHashSet());
        var settings = Bind(arguments);
        Assert.Empty(settings.Validate(new ValidationContext(settings)));
        Assert.NotNull(settings.RabbitMq);
        Assert.Equal(settings.Consumes(nameof(Journal)), arguments.Contains("--database"));
    }

    /// <summary>Puts wait for each consumer: if one ran nowhere, the stream would stand still.</summary>
    [Fact]
    public void Workers_AreAProducerWithAStandby_AndEachConsumerOnce()
    {
        var roles = _file.Workers.Values.Select(worker => Bind(ComposeFile.Arguments(worker)).Role);

        Assert.Equal(
            DemoOptions.Consumers.Select(consumer => $"consumer:{consumer}").Concat(["producer", "producer"]).Order(StringComparer.Ordinal),
            roles.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Workers))]
    public void Worker_FindsTheBroker(string name)
    {
        var worker = _file.Workers[name];
        var address = new Uri(Bind(ComposeFile.Arguments(worker)).RabbitMq!);

        var broker = _file.Services[address.Host];
        Assert.Equal(
            $"{broker["environment"]!["RABBITMQ_DEFAULT_USER"]}:{broker["environment"]!["RABBITMQ_DEFAULT_PASS"]}", address.UserInfo);
        Assert.Equal("service_healthy", worker["depends_on"]![address.Host]!["condition"]!.GetValue<string>());
        Assert.NotNull(broker["healthcheck"]);
    }

    [Theory]
    [MemberData(nameof(Workers))]
    public void Worker_IsTheSamplesImage_AndHasTimeToDrain(string name)
    {
        var worker = _file.Workers[name];
        var context = Path.GetFullPath(Path.Combine(ComposeFile.Folder, worker["build"]!["context"]!.GetValue<string>()));

        Assert.Equal(Checkout.Root.TrimEnd('/'), context.TrimEnd('/'));
        Assert.True(File.Exists(Path.Combine(context, worker["build"]!["dockerfile"]!.GetValue<string>())));
        Assert.Contains($"-t {worker["image"]} .", File.ReadAllText(Path.Combine(Checkout.Sample, "Dockerfile")), StringComparison.Ordinal);
        var grace = TimeSpan.FromSeconds(int.Parse(worker["stop_grace_period"]!.GetValue<string>().TrimEnd('s'), provider: null));
        Assert.True(grace > new Microsoft.Extensions.Hosting.HostOptions().ShutdownTimeout);
    }

    private static DemoOptions Bind(string[] arguments) =>
        new ConfigurationBuilder().AddInMemoryCollection(CommandLine.Parse(arguments)!).Build()
            .GetSection(DemoOptions.Section).Get<DemoOptions>()!;
}
