using System.Diagnostics;
using System.Security.Cryptography;
using LatchGate.Crypto;
using LatchGate.Storage;

namespace LatchGate.Bench.EndToEnd;

/// <summary>
/// What a call cannot do without, each part alone and through the same libraries as in the gate: a round trip on a Unix socket,
/// one P-256 verification with an imported key, two Ed25519 signatures and one verification, two commits of SQLite
/// (WAL, <c>synchronous=FULL</c>) on the ledger's disk, and one bare HTTP request to the same upstream. And the same parts in a row: a server
/// that does them for each request, one after the other on one blocking thread, and nothing else. That takes longer than their sum, for
/// nothing is in the caches and a processor that has waited for the disk or the network must wake up first.
/// </summary>
internal sealed class Floor : IDisposable
{
    private const int RowBytes = 1024;

    // What is signed and verified in a call: a DPoP proof, and the digest texts of grant and receipt.
    private readonly byte[] _proof = RandomNumberGenerator.GetBytes(520);
    private readonly byte[] _digestText = RandomNumberGenerator.GetBytes(83);
    private readonly byte[] _row = RandomNumberGenerator.GetBytes(RowBytes);
    private readonly byte[] _proofSignature = new byte[P256PublicKey.SignatureSize];
    private readonly byte[] _signature = new byte[Ed25519.SignatureSize];
    private readonly P256SigningKey _p256 = P256SigningKey.Generate();
    private readonly Ed25519Signer _ed25519 = new(RandomNumberGenerator.GetBytes(Ed25519.SeedSize));
    private readonly EchoRoundTrip _echo;
    private readonly EchoRoundTrip _bareDecision;
    private readonly EchoRoundTrip _bareCall;
    private readonly Database _database;
    private readonly Statement _begin;
    private readonly Statement _insert;
    private readonly Statement _commit;
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false });
    private readonly Uri _upstream;

    internal Floor(string directory, Upstream upstream, int requestBytes, int answerBytes)
    {
        _p256.Sign(_proof, _proofSignature);
        _echo = new EchoRoundTrip(Path.Combine(directory, "echo.sock"), requestBytes, answerBytes);
        _bareDecision = new EchoRoundTrip(Path.Combine(directory, "decision.sock"), requestBytes, answerBytes, VerifyP256);
        _bareCall = new EchoRoundTrip(Path.Combine(directory, "call.sock"), requestBytes, answerBytes, DoAll);
        _upstream = new Uri($"http://127.0.0.1:{upstream.Port}/");

        var file = Path.Combine(directory, "floor.db");
        File.WriteAllBytes(file, []);
        _database = Database.Open(file, DatabaseAccess.ReadWrite);
        _database.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE rows(id INTEGER PRIMARY KEY, body BLOB NOT NULL)");
        _begin = _database.Prepare("BEGIN IMMEDIATE");
        _insert = _database.Prepare("INSERT INTO rows(body) VALUES(?)");
        _commit = _database.Prepare("COMMIT");
        Parts =
        [
            new FloorPart("Unix socket round trip", 1, 0.15, _echo.Run),
            new FloorPart("P-256 verify", 1, 0.15, VerifyP256),
            new FloorPart("Ed25519 sign", 2, 0.1, () => _ed25519.Sign(_digestText, _signature)),
            new FloorPart("Ed25519 verify", 1, 0.1, VerifyEd25519),
            new FloorPart("SQLite WAL commit, 1 KiB row", 2, 0.3, Commit),
            new FloorPart("HTTP request to the upstream", 1, 0.2, Request),
        ];
        BareDecision = new FloorPart("bare server, decision", 1, 0.3, _bareDecision.Run);
        BareCall = new FloorPart("bare server, full durable call", 1, 0.5, _bareCall.Run);
    }

    internal IReadOnlyList<FloorPart> Parts { get; }

    /// <summary>A server that verifies a proof and answers.</summary>
    internal FloorPart BareDecision { get; }

    /// <summary>A server that does all parts and answers.</summary>
    internal FloorPart BareCall { get; }

    /// <summary>Measures each part for its share of <paramref name="seconds"/>, and the servers for as long again.</summary>
    internal void Measure(double seconds, bool keep)
    {
        foreach (var part in Parts.Append(BareDecision).Append(BareCall))
        {
            part.Measure(seconds * part.Share, keep);
        }
    }

    /// <summary>The sum of the medians of all parts, in microseconds.</summary>
    internal double FullCall() => Parts.Sum(static p => p.Count * p.Samples.Percentile(0.5));

    /// <summary>The same for a call that is refused before anything is signed or recorded: the round trip and the proof.</summary>
    internal double DecisionOnly() => Parts.Take(2).Sum(static p => p.Count * p.Samples.Percentile(0.5));

    /// <inheritdoc/>
    public void Dispose()
    {
        _echo.Dispose();
        _bareDecision.Dispose();
        _bareCall.Dispose();
        _database.Dispose();
        _http.Dispose();
        _ed25519.Dispose();
        _p256.Dispose();
    }

    private void VerifyP256() => Require(_p256.PublicKey.Verify(_proof, _proofSignature));

    private void VerifyEd25519() => Require(Ed25519.Verify(_ed25519.PublicKey, _digestText, _signature));

    private void Commit()
    {
        _begin.Run();
        _insert.Blob(_row).Run();
        _commit.Run();
    }

    private void Request()
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, _upstream);
        using var response = _http.SendAsync(message, CancellationToken.None).GetAwaiter().GetResult();
        Require(response.IsSuccessStatusCode && response.Content.ReadAsByteArrayAsync().GetAwaiter().GetResult().Length > 0);
    }

    // In the order of a call: proof, grant signed and verified, intent, upstream, receipt signed, outcome.
    private void DoAll()
    {
        VerifyP256();
        _ed25519.Sign(_digestText, _signature);
        VerifyEd25519();
        Commit();
        Request();
        _ed25519.Sign(_digestText, _signature);
        Commit();
    }

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("A part of the floor does not work, so it measures nothing.");
        }
    }
}

/// <summary>One part of the floor.</summary>
/// <param name="name">In the report.</param>
/// <param name="count">How often a full call does it.</param>
/// <param name="share">Of the time for measuring.</param>
/// <param name="run">Does it once.</param>
internal sealed class FloorPart(string name, int count, double share, Action run)
{
    internal string Name => name;

    internal int Count => count;

    internal double Share => share;

    internal Samples Samples { get; } = new(1 << 16);

    internal void Measure(double seconds, bool keep)
    {
        var now = Stopwatch.GetTimestamp();
        var end = now + (long)(seconds * Stopwatch.Frequency);
        while (now < end)
        {
            run();
            var done = Stopwatch.GetTimestamp();
            if (keep)
            {
                Samples.Add(done - now);
            }

            now = done;
        }
    }
}
