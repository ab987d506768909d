using System.Text;
using LatchGate.Crypto;
using LatchGate.Identity;

namespace LatchGate.Tests.Identity;

public sealed class Rfc9449ExampleTests
{
    // RFC 9449 §7.1, figure 12: the protected resource request.
    private const string Token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    private const string Proof =
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdC"
        + "RnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19"
        + ".eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsIm"
        + "lhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9"
        + ".2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";

    [Fact]
    public void The_example_of_the_RFC_is_accepted_at_its_time_and_place()
    {
        Assert.True(JwkThumbprint.TryParse("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", out var bound));
        var verifier = new DpopVerifier(new AcceptedBaseUrls("https://resource.example.org"));
        var context = new DpopContext(Encoding.ASCII.GetBytes(Proof), Encoding.ASCII.GetBytes(Token), "GET", "/protectedresource", bound);

        Assert.True(verifier.TryVerify(context, 1562262618, out var proof, out var rejection), rejection.Reason);
        Assert.Equal(1562262618, proof!.IssuedAt);
    }
}
