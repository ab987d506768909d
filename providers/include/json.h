/* JSON (RFC 8259), strict: UTF-8 only (RFC 3629), no unpaired surrogate, bounded depth. Values are spans of text that has been
 * checked; nothing is built. Every function is linear in what it reads and never reads outside its span. */
#ifndef LG_JSON_H_
#define LG_JSON_H_

#include "guest.h"

enum { JSON_MAX_DEPTH = 60 };

/* ---- strings ----------------------------------------------------------------------------------------------------------------- */

/* Marks the bytes of `w` that are '"', '\', a control character or not ASCII. The lowest mark is right; one above it may not be. */
static inline u64 json_special(u64 w) {
  const u64 ones = 0x0101010101010101, high = ones << 7;
  u64 quote = w ^ ones * '"', backslash = w ^ ones * '\\';
  return (w | (w - ones * 0x20) | (quote - ones) | (backslash - ones)) & high;
}

/* At the first special byte, or where fewer than eight bytes are left before it. */
static inline const u8 *json_skip_plain(const u8 *p, const u8 *end) {
  for (; end - p >= 8; p += 8) {
    u64 marks = json_special(*(const word *)p);
    if (marks) return p + (__builtin_ctzll(marks) >> 3);
  }
  return p;
}

/* Behind one UTF-8 sequence that begins at p, a byte of 0x80 or more; null when malformed. RFC 3629 section 4. */
static const u8 *utf8_next(const u8 *p, const u8 *end) {
  u32 left = (u32)(end - p);
  u8 a = p[0];
  if (a >= 0xc2 && a <= 0xdf) return left >= 2 && (p[1] & 0xc0) == 0x80 ? p + 2 : NULL;
  if (left < 3 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80) return NULL;
  if (a == 0xe0) return p[1] >= 0xa0 ? p + 3 : NULL;
  if (a == 0xed) return p[1] <= 0x9f ? p + 3 : NULL;
  if (a > 0xe0 && a <= 0xef) return p + 3;
  if (left < 4 || (p[3] & 0xc0) != 0x80) return NULL;
  if (a == 0xf0) return p[1] >= 0x90 ? p + 4 : NULL;
  if (a == 0xf4) return p[1] <= 0x8f ? p + 4 : NULL;
  return a > 0xf0 && a < 0xf4 ? p + 4 : NULL;
}

static bool utf8_valid(span s) {
  const u64 high = 0x8080808080808080;
  for (const u8 *p = s.at; p < s.end;) {
    if (s.end - p >= 8 && !(*(const word *)p & high)) p += 8;
    else if (*p < 0x80) p++;
    else if (!(p = utf8_next(p, s.end))) return false;
  }
  return true;
}

/* The value of four hexadecimal digits, or -1. */
static int32_t json_hex4(const u8 *p, const u8 *end) {
  if (end - p < 4) return -1;
  int32_t value = 0;
  for (int i = 0; i < 4; i++) {
    u8 c = lower(p[i]);
    int32_t digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

static inline bool is_high_surrogate(int32_t c) { return c >= 0xd800 && c <= 0xdbff; }
static inline bool is_low_surrogate(int32_t c) { return c >= 0xdc00 && c <= 0xdfff; }

/* Reads \uXXXX, or a surrogate pair of them, behind the backslash at *p. The code point, or -1. */
static int32_t json_unicode_escape(const u8 **p, const u8 *end) {
  int32_t c = json_hex4(*p + 1, end);
  if (c < 0 || is_low_surrogate(c)) return -1;
  *p += 5;
  if (!is_high_surrogate(c)) return c;
  if (end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u') return -1;
  int32_t low = json_hex4(*p + 2, end);
  if (!is_low_surrogate(low)) return -1;
  *p += 6;
  return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

/* Behind the string that begins at p, the opening quote; null when malformed. */
static const u8 *json_skip_string(const u8 *p, const u8 *end) {
  if (p == end || *p != '"') return NULL;
  p++;
  for (;;) {
    p = json_skip_plain(p, end);
    if (p == end || *p < 0x20) return NULL;
    if (*p == '"') return p + 1;
    if (*p >= 0x80) {
      if (!(p = utf8_next(p, end))) return NULL;
    } else if (*p == '\\') {
      if (++p == end) return NULL;
      switch (*p) {
        case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': p++; break;
        case 'u':
          if (json_unicode_escape(&p, end) < 0) return NULL;
          break;
        default: return NULL;
      }
    } else {
      p++;
    }
  }
}

static u8 *utf8_put(u8 *to, u32 c) {
  if (c < 0x80) { *to++ = (u8)c; return to; }
  if (c < 0x800) { *to++ = (u8)(0xc0 | c >> 6); }
  else {
    if (c < 0x10000) { *to++ = (u8)(0xe0 | c >> 12); }
    else {
      *to++ = (u8)(0xf0 | c >> 18);
      *to++ = (u8)(0x80 | (c >> 12 & 0x3f));
    }
    *to++ = (u8)(0x80 | (c >> 6 & 0x3f));
  }
  *to++ = (u8)(0x80 | (c & 0x3f));
  return to;
}

/* The text of a checked string, quotes included in `s`. Allocates only when something is escaped. */
static span json_text(span s) {
  const u8 *p = s.at + 1, *end = s.end - 1, *plain = p;
  u8 *start = NULL, *to = NULL;
  while (p < end) {
    p = json_skip_plain(p, end);
    if (p == end) break;
    if (*p != '\\') { p++; continue; }
    if (!start) start = to = must_allocate((u64)(end - plain));
    to = copy(to, (span){plain, p});
    p++;
    switch (*p) {
      case 'b': *to++ = '\b'; p++; break;
      case 'f': *to++ = '\f'; p++; break;
      case 'n': *to++ = '\n'; p++; break;
      case 'r': *to++ = '\r'; p++; break;
      case 't': *to++ = '\t'; p++; break;
      case 'u': to = utf8_put(to, (u32)json_unicode_escape(&p, end)); break;
      default: *to++ = *p++; break; /* quote, backslash, slash */
    }
    plain = p;
  }
  if (!start) return (span){plain, end};
  return (span){start, copy(to, (span){plain, end})};
}

/* ---- values ------------------------------------------------------------------------------------------------------------------ */

static inline const u8 *json_space(const u8 *p, const u8 *end) {
  while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) p++;
  return p;
}

static inline const u8 *json_digits(const u8 *p, const u8 *end) {
  const u8 *from = p;
  while (p < end && *p >= '0' && *p <= '9') p++;
  return p == from ? NULL : p;
}

static const u8 *json_skip_number(const u8 *p, const u8 *end) {
  if (p < end && *p == '-') p++;
  if (p < end && *p == '0') p++;
  else if (!(p = json_digits(p, end))) return NULL;
  if (p < end && *p == '.' && !(p = json_digits(p + 1, end))) return NULL;
  if (p < end && (*p == 'e' || *p == 'E')) {
    p++;
    if (p < end && (*p == '+' || *p == '-')) p++;
    if (!(p = json_digits(p, end))) return NULL;
  }
  return p;
}

static const u8 *json_skip_word(const u8 *p, const u8 *end, span w) {
  return (u32)(end - p) >= length(w) && equal((span){p, p + length(w)}, w) ? p + length(w) : NULL;
}

/* Behind the value that begins at p (no space before it); null when malformed or deeper than JSON_MAX_DEPTH. No recursion: one bit
 * a level says whether that level is an object. */
static const u8 *json_skip(const u8 *p, const u8 *end) {
  u64 objects = 0;
  u32 depth = 0;
  for (;;) {
    /* a value */
    if (p == end) return NULL;
    if (*p == '{' || *p == '[') {
      if (depth == JSON_MAX_DEPTH) return NULL;
      bool object = *p == '{';
      depth++;
      objects = objects << 1 | object;
      p = json_space(p + 1, end);
      if (p == end) return NULL;
      if (*p != (object ? '}' : ']')) {
        if (!object) continue;
        goto key;
      }
      p++;
      depth--;
      objects >>= 1;
    } else {
      switch (*p) {
        case '"': p = json_skip_string(p, end); break;
        case 't': p = json_skip_word(p, end, SPAN("true")); break;
        case 'f': p = json_skip_word(p, end, SPAN("false")); break;
        case 'n': p = json_skip_word(p, end, SPAN("null")); break;
        default: p = json_skip_number(p, end); break;
      }
      if (!p) return NULL;
    }
    /* behind a value */
    for (;;) {
      if (depth == 0) return p;
      p = json_space(p, end);
      if (p == end) return NULL;
      if (*p == ',') break;
      if (*p != (objects & 1 ? '}' : ']')) return NULL;
      p++;
      depth--;
      objects >>= 1;
    }
    p = json_space(p + 1, end);
    if (!(objects & 1)) continue;
  key:
    if (!(p = json_skip_string(p, end))) return NULL;
    p = json_space(p, end);
    if (p == end || *p != ':') return NULL;
    p = json_space(p + 1, end);
  }
}

/* The one value of a whole text, without the space around it; null spans when it is not JSON. */
static span json_document(span text) {
  const u8 *p = json_space(text.at, text.end);
  const u8 *end = json_skip(p, text.end);
  if (!end || json_space(end, text.end) != text.end) return (span){NULL, NULL};
  return (span){p, end};
}

static inline bool json_is(span value, u8 first) { return value.at && *value.at == first; }
static inline bool json_is_null(span value) { return json_is(value, 'n'); }

/* Steps through the members of a checked object: begin with *rest = the object, until it returns false. */
static bool json_member(span *rest, span *key, span *value) {
  if (*rest->at == '}') return false; /* behind the last member */
  const u8 *p = json_space(rest->at + 1, rest->end); /* behind '{' or ',' */
  if (*p == '}') return false; /* no member at all */
  key->at = p;
  key->end = json_skip_string(p, rest->end);
  p = json_space(key->end, rest->end);
  value->at = json_space(p + 1, rest->end);
  value->end = json_skip(value->at, rest->end);
  rest->at = json_space(value->end, rest->end);
  return true;
}

/* ---- writing ----------------------------------------------------------------------------------------------------------------- */

static const u8 json_hex_digits[] = "0123456789abcdef";

/* Bytes that `text` takes inside quotes. */
static u64 json_escaped_length(span text) {
  u64 n = 0;
  for (const u8 *p = text.at; p < text.end; p++) {
    n += *p == '"' || *p == '\\' || *p == '\n' || *p == '\r' || *p == '\t' ? 2 : *p < 0x20 ? 6 : 1;
  }
  return n;
}

/* Writes UTF-8 text as a JSON string with its quotes. */
static u8 *json_put_string(u8 *to, span text) {
  *to++ = '"';
  const u8 *p = text.at;
  while (p < text.end) {
    const u8 *plain = p;
    for (;;) {
      p = json_skip_plain(p, text.end);
      if (p == text.end || *p == '"' || *p == '\\' || *p < 0x20) break;
      p++;
    }
    to = copy(to, (span){plain, p});
    if (p == text.end) break;
    u8 c = *p++;
    *to++ = '\\';
    switch (c) {
      case '"': case '\\': *to++ = c; break;
      case '\n': *to++ = 'n'; break;
      case '\r': *to++ = 'r'; break;
      case '\t': *to++ = 't'; break;
      default:
        to = copy(to, SPAN("u00"));
        *to++ = json_hex_digits[c >> 4];
        *to++ = json_hex_digits[c & 15];
    }
  }
  *to++ = '"';
  return to;
}

#endif
