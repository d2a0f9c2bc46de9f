using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using WorkerDemo.Tests.Otlp;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Samples;

/// <summary>The running program OrdersApi, over loopback.</summary>
public class OrdersApiTests
{
    [Fact]
    public async Task Orders_Posted_AreArchivedMailedAndMeasured_AndPageAndProbesAnswer()
    {
        using var folder = new TempFolder();
        await using var collector = await OtlpCollector.StartAsync();
        var environment = collector.Environment;
        environment["Orders__PutTimeout"] = $"{WorkerProcess.Limit}";
        using var program = Start(folder, environment);
        using var client = await ConnectAsync(program);

        for (var number = 1; number <= 20; number++) Assert.Equal(HttpStatusCode.Accepted, await PostAsync(client, number));
        var refused = await PostAsync(client, number: 21, customer: "");
        var page = await client.GetStringAsync(new Uri("/streamx", UriKind.Relative));
        var probes = await Task.WhenAll(
            new[] { "startup", "live", "ready" }.Select(probe => client.GetStringAsync(new Uri($"/healthz/{probe}", UriKind.Relative))));
        await program.TerminateAsync();
        var result = await program.WaitForExitAsync();

        result.AssertExitCode(0);
        Assert.Equal(HttpStatusCode.BadRequest, refused);
        Assert.Contains("main.js", page, StringComparison.Ordinal);
        Assert.Equal(["Healthy", "Healthy", "Healthy"], probes);
        Assert.Equal(Enumerable.Range(1, 20).Select(number => (number, 1.19m * number)), Invoices(folder));
        Assert.Equal(20, result.Output.Count(line => line.Contains("Mailed the invoice of order ", StringComparison.Ordinal)));
        var finished = collector.Taken.Metrics.Last(metric => metric.Name == "streamx.consumer.items").Points
            .Where(point => point.Tags["streamx.item.outcome"] == "finished")
            .ToDictionary(point => point.Tags["streamx.consumer.name"], point => point.Value);
        Assert.Equal(new() { ["Invoicing"] = 20, ["InvoiceArchive"] = 20, ["Mailer"] = 20 }, finished);
    }

    [Fact]
    public async Task Database_Locked_OrdersAreAnswered503_AndAcceptedAgainAfterwards_AndExactlyTheAcceptedAreArchived()
    {
        using var folder = new TempFolder();
        Dictionary<string, string> environment = new()
        {
            ["Streamx__orders__Window"] = "1", ["Streamx__invoices__Window"] = "1", ["Orders__PutTimeout"] = "00:00:00.100",
        };
        using var program = Start(folder, environment);
        using var client = await ConnectAsync(program);
        List<int> accepted = [];
        var number = 0;

        using (var other = Open(folder))
        using (other.BeginTransaction(deferred: false))
        {
            // Each stream has room for one value, so the answer soon is another.
            while (await PostAsync(client, ++number) == HttpStatusCode.Accepted) accepted.Add(number);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await PostAsync(client, ++number));
        }

        while (await PostAsync(client, ++number) != HttpStatusCode.Accepted) Assert.InRange(number, 1, 1000);
        accepted.Add(number);
        await program.TerminateAsync();
        var result = await program.WaitForExitAsync();

        result.AssertExitCode(0);
        Assert.InRange(accepted.Count, 1, 5);
        Assert.Equal(accepted, Invoices(folder).Select(invoice => invoice.Order));
    }

    private static WorkerProcess Start(TempFolder folder, Dictionary<string, string> environment) =>
        WorkerProcess.Start(
            WorkerProgram.OrdersApi, folder, environment, ["--urls", "http://127.0.0.1:0", "--Orders:Database", folder.File("orders.db")]);

    private static async Task<HttpClient> ConnectAsync(WorkerProcess program)
    {
        var line = await program.WaitForLineAsync(line => line.Contains("Now listening on: ", StringComparison.Ordinal));
        return new HttpClient { BaseAddress = new Uri(Regex.Match(line, @"http://[\d.]+:\d+").Value), Timeout = WorkerProcess.Limit };
    }

    private static async Task<HttpStatusCode> PostAsync(HttpClient client, int number, string customer = "Ada")
    {
        using var answer = await client.PostAsJsonAsync(new Uri("/orders", UriKind.Relative), new { number, customer, amount = number });
        return answer.StatusCode;
    }

    private static List<(int Order, decimal Total)> Invoices(TempFolder folder)
    {
        using var connection = Open(folder);
        using var command = connection.CreateCommand();
        command.CommandText = """SELECT "order", total FROM invoices ORDER BY rowid""";
        using var reader = command.ExecuteReader();
        List<(int, decimal)> invoices = [];
        while (reader.Read()) invoices.Add((reader.GetInt32(0), reader.GetDecimal(1)));
        return invoices;
    }

    private static SqliteConnection Open(TempFolder folder)
    {
        var connection = new SqliteConnection($"Data Source={folder.File("orders.db")};Pooling=False");
        connection.Open();
        return connection;
    }
}
