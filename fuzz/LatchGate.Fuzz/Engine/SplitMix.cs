namespace LatchGate.Fuzz.Engine;

/// <summary>SplitMix64 (Steele, Lea, Flood 2014): small, fast, and the same sequence everywhere for a seed.</summary>
internal struct SplitMix(ulong seed)
{
    private ulong _state = seed;

    internal ulong Next()
    {
        _state += 0x9E37_79B9_7F4A_7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58_476D_1CE4_E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>From 0 up to below <paramref name="bound"/>, which is above 0.</summary>
    internal int Next(int bound) => (int)(((Next() >> 32) * (ulong)bound) >> 32);

    internal byte NextByte() => (byte)(Next() >> 56);
}
