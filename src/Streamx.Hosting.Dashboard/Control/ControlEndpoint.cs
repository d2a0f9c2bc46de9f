using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Dashboard;

/// <summary>Carries out the requests of the page's buttons, if they are allowed, and logs the user.</summary>
internal sealed class ControlEndpoint(IStreamxControl control, ControlRights rights, ILogger logger, CancellationToken stopping)
{
    /// <summary>Larger than any request of the page.</summary>
    private const int MaxLength = 4096;

    internal async Task HandleAsync(HttpContext context)
    {
        if (rights.FindObjection(context) is { } objection)
        {
            Log.ControlRefused(logger, User(context), Address(context), objection);
            await AnswerAsync(context, StatusCodes.Status403Forbidden, new ControlAnswer(false, $"Refused: {objection}."))
                .ConfigureAwait(false);
            return;
        }

        if (await ReadAsync(context).ConfigureAwait(false) is not { Stream: { } streamName, Action: { } action } request)
        {
            var malformed = new ControlAnswer(false, "An object with 'action', 'stream' and 'worker' is expected, as JSON.");
            await AnswerAsync(context, StatusCodes.Status400BadRequest, malformed).ConfigureAwait(false);
            return;
        }

        // The log, too, gets the names as registered: a request must not write arbitrary text into it.
        var stream = control.GetStreams().FirstOrDefault(candidate => Same(candidate.Name, streamName));
        var worker = action switch
        {
            "pause" or "resume" => stream?.Producers.FirstOrDefault(candidate => Same(candidate.Name, request.Worker))?.Name,
            "detach" or "attach" => stream?.Consumers.FirstOrDefault(candidate => Same(candidate.Name, request.Worker))?.Name,
            "drain" => stream is null ? null : "all",
            _ => null,
        };
        if (stream is null || worker is null)
        {
            var unknown = new ControlAnswer(false, "There is no such stream, worker or action.");
            await AnswerAsync(context, StatusCodes.Status404NotFound, unknown).ConfigureAwait(false);
            return;
        }

        if (action is "detach" or "drain" && !request.Confirmed)
        {
            var unconfirmed = new ControlAnswer(false, "This cannot be undone: it has to be confirmed.");
            await AnswerAsync(context, StatusCodes.Status409Conflict, unconfirmed).ConfigureAwait(false);
            return;
        }

        if (action == "drain")
        {
            await DrainAsync(context, stream.Name).ConfigureAwait(false);
            return;
        }

        var (code, answer) = Act(action, stream.Name, worker);
        var outcome = answer.Error ?? (answer.Changed ? "done" : "it was so already");
        Log.Controlled(logger, User(context), Address(context), action, stream.Name, worker, outcome);
        await AnswerAsync(context, code, answer).ConfigureAwait(false);
    }

    private (int Code, ControlAnswer Answer) Act(string action, string stream, string worker)
    {
        try
        {
            var changed = action switch
            {
                "pause" => control.PauseProducer(stream, worker),
                "resume" => control.ResumeProducer(stream, worker),
                "detach" => control.DetachConsumer(stream, worker),
                _ => control.AttachConsumer(stream, worker),
            };
            return (StatusCodes.Status200OK, new ControlAnswer(changed, null));
        }
        catch (InvalidOperationException refused)
        {
            return (StatusCodes.Status409Conflict, new ControlAnswer(false, refused.Message));
        }
    }

    /// <summary>Begins a drain, and waits for it as long as the page does. The drain goes on in any case.</summary>
    private async Task DrainAsync(HttpContext context, string stream)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var drained = control.DrainAsync(stream, either.Token);
        Log.Controlled(logger, User(context), Address(context), "drain", stream, "all", "begun");
        await drained.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await AnswerAsync(context, StatusCodes.Status200OK, new ControlAnswer(true, null)).ConfigureAwait(false);
    }

    private static async Task<ControlRequest?> ReadAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType()) return null;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = MaxLength;
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, DashboardJson.Default.ControlRequest, context.RequestAborted)
                .ConfigureAwait(false);
        }
        catch (Exception error) when (error is JsonException or BadHttpRequestException)
        {
            return null;
        }
    }

    private static Task AnswerAsync(HttpContext context, int code, ControlAnswer answer)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json; charset=utf-8";
        return JsonSerializer.SerializeAsync(context.Response.Body, answer, DashboardJson.Default.ControlAnswer, context.RequestAborted);
    }

    private static bool Same(string name, string? other) => string.Equals(name, other, StringComparison.OrdinalIgnoreCase);

    private static string User(HttpContext context) => context.User.Identity?.Name ?? "(no name)";

    private static string Address(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "(no address)";
}
