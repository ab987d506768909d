/* What a provider returns when there is no result: {"ok":false,"error":{"code","message"}}. */
#ifndef LG_REPLY_H_
#define LG_REPLY_H_

#include "json.h"

static u64 failure(span code, span message) {
  u8 *start = must_allocate(json_escaped_length(code) + json_escaped_length(message) + 64), *to = start;
  to = json_put_string(copy(to, SPAN("{\"ok\":false,\"error\":{\"code\":")), code);
  to = json_put_string(copy(to, SPAN(",\"message\":")), message);
  return packed((span){start, copy(to, SPAN("}}"))});
}

static span from_literal(const char *text) {
  const u8 *end = (const u8 *)text;
  while (*end) end++;
  return (span){(const u8 *)text, end};
}

/* What a refusal of the host becomes: its own code and message, where it gave them. */
static u64 refused(span answer, span otherwise) {
  span code = SPAN("host_error"), message = otherwise;
  span c = {0}, m = {0};
  const json_field fields[] = {{SPAN("code"), &c}, {SPAN("message"), &m}};
  if (json_read(answer, fields, 2, false) == JSON_FIELDS_READ) {
    if (json_is(c, '"')) code = json_text(c);
    if (json_is(m, '"')) message = json_text(m);
  }
  return failure(code, message);
}

#endif
