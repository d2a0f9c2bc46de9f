using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace WorkerDemo.Tests.Web;

public class ListenAddressesTests
{
    [Theory]
    [InlineData("", "", "")]
    [InlineData("http://127.0.0.1:0", "", "http://127.0.0.1:0")]
    [InlineData("http://*:8080; http://[::1]:81 ;", "", "http://*:8080 http://[::1]:81")]
    [InlineData("http://unix:/run/worker.sock", "", "http://unix:/run/worker.sock")]
    [InlineData("", "8080", "http://*:8080")]
    [InlineData("", "8080;0", "http://*:8080 http://*:0")]
    [InlineData("http://localhost:5000", "8080", "http://localhost:5000")]
    public void Find_UrlsOrPorts_GivesAddresses(string urls, string ports, string expected)
    {
        var found = ListenAddresses.Find(Configuration(("urls", urls), ("HTTP_PORTS", ports)));

        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), found);
    }

    [Theory]
    [InlineData("urls", "localhost", "--urls 'localhost' is not a URL, such as http://127.0.0.1:8080.")]
    [InlineData("urls", "http://*:80;:8080", "--urls ':8080' is not a URL, such as http://127.0.0.1:8080.")]
    [InlineData("urls", "https://*:8443", "--urls 'https://*:8443' is not served: put what ends TLS in front.")]
    [InlineData("urls", "ftp://*:21", "--urls 'ftp://*:21' is not an http URL.")]
    [InlineData("urls", "http://*:80/health", "--urls 'http://*:80/health' has a path, which an address to listen on cannot have.")]
    [InlineData("urls", "http://*:80800", "--urls 'http://*:80800' needs a port between 0 and 65535.")]
    [InlineData("urls", "http://*:http", "--urls 'http://*:http' needs a port between 0 and 65535.")]
    [InlineData("urls", "http://localhost:0", "--urls 'http://localhost:0' leaves the port open, which localhost does not allow: use http://127.0.0.1:0.")]
    [InlineData("HTTP_PORTS", "8080;http", "HTTP_PORTS 'http' is not a port: a number between 0 and 65535.")]
    [InlineData("HTTP_PORTS", "-1", "HTTP_PORTS '-1' is not a port: a number between 0 and 65535.")]
    [InlineData("HTTP_PORTS", "65536", "HTTP_PORTS '65536' is not a port: a number between 0 and 65535.")]
    public void Find_WhatCannotBeListenedOn_IsRefusedByName(string key, string value, string message)
    {
        var error = Assert.Throws<SettingException>(() => ListenAddresses.Find(Configuration((key, value))));

        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void CheckFree_PortInUse_IsRefused_FreeOneIsNot()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";

        ListenAddresses.CheckFree(["http://127.0.0.1:0", "http://localhost:0", "http://*:0", "http://unix:/run/worker.sock"]);
        var error = Assert.Throws<SettingException>(() => ListenAddresses.CheckFree(["http://127.0.0.1:0", url]));

        Assert.StartsWith($"--urls or HTTP_PORTS: {url} cannot be listened on: ", error.Message, StringComparison.Ordinal);
    }

    private static IConfiguration Configuration(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
}
