/* SHA-256 (FIPS 180-4 section 6.2). */
#ifndef LG_SHA256_H_
#define LG_SHA256_H_

#include "guest.h"

enum { SHA256_SIZE = 32 };

/* Section 4.2.2. */
static const u32 sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline u32 sha256_rotate(u32 x, u32 n) { return x >> n | x << (32 - n); }

/* Section 6.2.2: one block of 64 bytes. */
static void sha256_block(u32 state[8], const u8 *block) {
  u32 w[64], s[8];
  for (u32 t = 0; t < 16; t++, block += 4) w[t] = (u32)block[0] << 24 | (u32)block[1] << 16 | (u32)block[2] << 8 | block[3];
  for (u32 t = 16; t < 64; t++) {
    u32 a = w[t - 15], b = w[t - 2];
    w[t] = w[t - 16] + (sha256_rotate(a, 7) ^ sha256_rotate(a, 18) ^ a >> 3) + w[t - 7] +
           (sha256_rotate(b, 17) ^ sha256_rotate(b, 19) ^ b >> 10);
  }
  for (u32 i = 0; i < 8; i++) s[i] = state[i];
  for (u32 t = 0; t < 64; t++) {
    u32 one = s[7] + (sha256_rotate(s[4], 6) ^ sha256_rotate(s[4], 11) ^ sha256_rotate(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) +
              sha256_k[t] + w[t];
    u32 two = (sha256_rotate(s[0], 2) ^ sha256_rotate(s[0], 13) ^ sha256_rotate(s[0], 22)) +
              ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    for (u32 i = 7; i > 0; i--) s[i] = s[i - 1];
    s[4] += one;
    s[0] = one + two;
  }
  for (u32 i = 0; i < 8; i++) state[i] += s[i];
}

static void sha256(span text, u8 digest[SHA256_SIZE]) {
  u32 state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  u64 bits = (u64)length(text) * 8;
  for (; text.end - text.at >= 64; text.at += 64) sha256_block(state, text.at);

  /* Section 5.1.1: one bit, zeros, and the length in bits. */
  u8 last[128] = {0};
  u32 rest = length(text), size = rest < 56 ? 64 : 128;
  copy(last, text);
  last[rest] = 0x80;
  for (u32 i = 0; i < 8; i++) last[size - 1 - i] = (u8)(bits >> 8 * i);
  for (u32 at = 0; at < size; at += 64) sha256_block(state, last + at);
  for (u32 i = 0; i < SHA256_SIZE; i++) digest[i] = (u8)(state[i / 4] >> (24 - i % 4 * 8));
}

#endif
