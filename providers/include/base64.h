/* Base64 (RFC 4648 section 4): the standard alphabet, padding required, nothing else accepted. */
#ifndef LG_BASE64_H_
#define LG_BASE64_H_

#include "guest.h"

static inline int32_t base64_digit(u8 c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Decodes into `to`, which holds three bytes for every four of `text`. The end of what was written; null when malformed. */
static u8 *base64_decode(u8 *to, span text) {
  if (length(text) % 4 != 0) return NULL;
  for (const u8 *p = text.at; p < text.end; p += 4) {
    int32_t a = base64_digit(p[0]), b = base64_digit(p[1]), c = base64_digit(p[2]), d = base64_digit(p[3]);
    if ((a | b | c | d) >= 0) {
      *to++ = (u8)(a << 2 | b >> 4);
      *to++ = (u8)(b << 4 | c >> 2);
      *to++ = (u8)(c << 6 | d);
      continue;
    }
    /* Padding: only in the last group, and the bits it hides are zero. */
    if (p + 4 != text.end || (a | b) < 0 || p[3] != '=') return NULL;
    *to++ = (u8)(a << 2 | b >> 4);
    if (p[2] == '=') return b & 15 ? NULL : to;
    if (c < 0 || c & 3) return NULL;
    *to++ = (u8)(b << 4 | c >> 2);
  }
  return to;
}

/* Writes four characters for every three bytes, padding included. The end of what was written. */
static u8 *base64_encode(u8 *to, span bytes) {
  static const u8 digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (; bytes.at < bytes.end; bytes.at += 3) {
    u32 left = length(bytes), b = left > 1 ? bytes.at[1] : 0, c = left > 2 ? bytes.at[2] : 0;
    *to++ = digits[bytes.at[0] >> 2];
    *to++ = digits[(bytes.at[0] & 3) << 4 | b >> 4];
    *to++ = left > 1 ? digits[(b & 15) << 2 | c >> 6] : '=';
    *to++ = left > 2 ? digits[c & 63] : '=';
    if (left < 3) break;
  }
  return to;
}

#endif
