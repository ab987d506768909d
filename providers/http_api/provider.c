/* http_api: one HTTP request. Checks the task, asks the host, and hands the answer on.
 *
 * Task in:  {"url", "method"="GET", "headers"={}, "body" | "body_text" | "body_base64", "timeout_ms"=30000}
 * Out:      {"ok":true,"data":{"status_code","headers","body","url"[,"json"][,"body_base64"]}}, whatever the status is,
 *           {"ok":false,"error":{"code","message"}} when the task is malformed or the host refused.
 *
 * "body" is any JSON value and is sent as its text, with "content-type: application/json" unless the task names a type; "body_text"
 * is sent as it is; "body_base64" is sent decoded. A response that is not UTF-8 comes as "body":"<binary>" and "body_base64".
 * Nothing is logged: a URL may hold a token. */
#include "base64.h"
#include "guest.h"
#include "json.h"

/* Sends `length` bytes of JSON at `at`; the host writes the place and the length of its answer. Not 0 when the host refused. */
LG_IMPORT("latchgate:io/http", "request") u32 host_http(const u8 *at, u32 length, u32 answer[2]);

enum { MAX_TIMEOUT_MS = 300000, MAX_METHOD = 32 };

typedef struct task {
  span url, method, headers, body, body_text, body_base64, timeout_ms; /* JSON values; null spans when absent */
  bool has_content_type;
} task;

/* ---- the task ---------------------------------------------------------------------------------------------------------------- */

/* RFC 9110 section 5.6.2. */
static bool is_token(span s) {
  for (const u8 *p = s.at; p < s.end; p++) {
    u8 c = lower(*p);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) continue;
    switch (c) {
      case '!': case '#': case '$': case '%': case '&': case '\'': case '*': case '+': case '-': case '.': case '^': case '_': case '`':
      case '|': case '~': continue;
      default: return false;
    }
  }
  return s.at < s.end;
}

/* No control character but a tab: no header ends early and none is smuggled in. */
static bool is_field_value(span s) {
  for (const u8 *p = s.at; p < s.end; p++) {
    if ((*p < 0x20 && *p != '\t') || *p == 0x7f) return false;
  }
  return true;
}

static bool has_no_space_or_control(span s) {
  for (const u8 *p = s.at; p < s.end; p++) {
    if (*p <= 0x20 || *p == 0x7f) return false;
  }
  return s.at < s.end;
}

static bool is_base64(span s) { return base64_decode(must_allocate((u64)length(s) / 4 * 3 + 3), s) != NULL; }

/* 1 to 300000, without sign, fraction or exponent. */
static bool is_timeout(span s) {
  u32 value = 0;
  for (const u8 *p = s.at; p < s.end; p++) {
    if (*p < '0' || *p > '9' || value > MAX_TIMEOUT_MS) return false;
    value = value * 10 + (*p - '0');
  }
  return value >= 1 && value <= MAX_TIMEOUT_MS;
}

static const char *check_headers(task *t) {
  span rest = t->headers, key, value;
  while (json_member(&rest, &key, &value)) {
    span name = json_text(key);
    if (!is_token(name)) return "a header name is not a token (RFC 9110)";
    if (!json_is(value, '"')) return "a header value is not a string";
    if (!is_field_value(json_text(value))) return "a header value holds a control character";
    if (equal_ignoring_case(name, SPAN("content-type"))) t->has_content_type = true;
  }
  return NULL;
}

/* Fills `t`; what is wrong with the task, or null. */
static const char *read_task(span text, task *t) {
  span document = json_document(text);
  if (!json_is(document, '{')) return "the task is not a JSON object";
  const struct { span name; span *value; } fields[] = {
      {SPAN("url"), &t->url},   {SPAN("method"), &t->method},       {SPAN("headers"), &t->headers},
      {SPAN("body"), &t->body}, {SPAN("body_text"), &t->body_text}, {SPAN("body_base64"), &t->body_base64},
      {SPAN("timeout_ms"), &t->timeout_ms},
  };
  enum { FIELDS = sizeof fields / sizeof *fields };
  bool seen[FIELDS] = {0};
  span key, value;
  while (json_member(&document, &key, &value)) {
    span name = json_text(key);
    u32 i = 0;
    while (i < FIELDS && !equal(name, fields[i].name)) i++;
    if (i == FIELDS) return "the task has an unknown member; known are url, method, headers, body, body_text, body_base64, timeout_ms";
    if (seen[i]) return "the task has a member twice";
    seen[i] = true;
    if (!json_is_null(value)) *fields[i].value = value; /* null is as good as absent */
  }
  if (!json_is(t->url, '"')) return "url is missing, or not a string";
  if (!has_no_space_or_control(json_text(t->url))) return "url is empty, or holds a space or a control character";
  if (t->method.at) {
    if (!json_is(t->method, '"')) return "method is not a string";
    span method = json_text(t->method);
    if (!is_token(method) || length(method) > MAX_METHOD) return "method is not a token (RFC 9110)";
  }
  if (t->headers.at) {
    if (!json_is(t->headers, '{')) return "headers is not an object";
    const char *wrong = check_headers(t);
    if (wrong) return wrong;
  }
  if ((t->body.at != NULL) + (t->body_text.at != NULL) + (t->body_base64.at != NULL) > 1) return "more than one body";
  if (t->body_text.at && !json_is(t->body_text, '"')) return "body_text is not a string";
  if (t->body_base64.at && (!json_is(t->body_base64, '"') || !is_base64(json_text(t->body_base64)))) return "body_base64 is not base64";
  if (t->timeout_ms.at && !is_timeout(t->timeout_ms)) return "timeout_ms is not an integer from 1 to 300000";
  return NULL;
}

/* ---- what goes to the host ----------------------------------------------------------------------------------------------------- */

/* Values that were checked are copied as they stand, escapes and all; only a JSON body becomes a string. */
static span write_request(const task *t, u32 task_length) {
  /* The task's own values, the quotes of a body doubled, and the names below. */
  u8 *start = must_allocate((u64)task_length * 2 + 256), *to = start;
  to = copy(to, SPAN("{\"method\":"));
  to = copy(to, t->method.at ? t->method : SPAN("\"GET\""));
  to = copy(to, SPAN(",\"url\":"));
  to = copy(to, t->url);
  to = copy(to, SPAN(",\"headers\":"));
  bool type = t->body.at && !t->has_content_type;
  span rest = t->headers, key, value;
  bool any = t->headers.at && json_member(&rest, &key, &value);
  if (any) to = copy(to, (span){t->headers.at, t->headers.end - 1});
  else *to++ = '{';
  if (type) to = copy(to, any ? SPAN(",\"content-type\":\"application/json\"") : SPAN("\"content-type\":\"application/json\""));
  *to++ = '}';
  if (t->body.at) {
    to = copy(to, SPAN(",\"body_text\":"));
    to = json_put_string(to, t->body);
  } else if (t->body_text.at) {
    to = copy(copy(to, SPAN(",\"body_text\":")), t->body_text);
  } else if (t->body_base64.at) {
    to = copy(copy(to, SPAN(",\"body_base64\":")), t->body_base64);
  }
  to = copy(to, SPAN(",\"timeout_ms\":"));
  to = copy(to, t->timeout_ms.at ? t->timeout_ms : SPAN("30000"));
  *to++ = '}';
  return (span){start, to};
}

/* ---- what comes back ----------------------------------------------------------------------------------------------------------- */

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

/* The member of a checked object, a null span when it is absent or null. */
static span member(span object, span name) {
  span key, value, found = {NULL, NULL};
  while (json_member(&object, &key, &value)) {
    if (equal(json_text(key), name) && !json_is_null(value)) found = value;
  }
  return found;
}

static u64 refused(span answer) {
  span code = SPAN("host_error"), message = SPAN("the host refused the request");
  span error = json_document(answer);
  if (json_is(error, '{')) {
    span c = member(error, SPAN("code")), m = member(error, SPAN("message"));
    if (json_is(c, '"')) code = json_text(c);
    if (json_is(m, '"')) message = json_text(m);
  }
  return failure(code, message);
}

/* The answer's body, as text where it is text. */
typedef struct body {
  span quoted; /* a JSON string; or, where that is null, */
  span text;   /* text to be quoted */
  span json;   /* the JSON value that the text is, if it is one */
  span base64; /* a JSON string, when the body is not text */
} body;

static bool read_body(span text, span base64, body *b) {
  if (text.at) {
    if (!json_is(text, '"')) return false;
    b->quoted = text;
    b->json = json_document(json_text(text));
    return true;
  }
  if (!base64.at) {
    b->quoted = SPAN("\"\"");
    return true;
  }
  if (!json_is(base64, '"')) return false;
  span encoded = json_text(base64);
  u8 *decoded = must_allocate((u64)length(encoded) / 4 * 3 + 3), *end = base64_decode(decoded, encoded);
  if (!end) return false;
  span bytes = {decoded, end};
  if (utf8_valid(bytes)) {
    b->text = bytes;
    b->json = json_document(bytes);
  } else {
    b->quoted = SPAN("\"<binary>\"");
    b->base64 = base64;
  }
  return true;
}

static u64 succeeded(const task *t, span text) {
  span answer = json_document(text);
  span malformed = SPAN("the host's answer is malformed");
  if (!json_is(answer, '{')) return failure(SPAN("host_error"), malformed);
  span status = {0}, headers = {0}, url = {0}, body_text = {0}, body_base64 = {0};
  const struct { span name; span *value; } fields[] = {
      {SPAN("status"), &status},       {SPAN("headers"), &headers},         {SPAN("url"), &url},
      {SPAN("body_text"), &body_text}, {SPAN("body_base64"), &body_base64},
  };
  enum { FIELDS = sizeof fields / sizeof *fields };
  for (span key, value; json_member(&answer, &key, &value);) {
    span name = json_text(key);
    u32 i = 0;
    while (i < FIELDS && !equal(name, fields[i].name)) i++;
    if (i < FIELDS && !json_is_null(value)) *fields[i].value = value;
  }
  body b = {0};
  if (!status.at || *status.at < '1' || *status.at > '9' || (headers.at && !json_is(headers, '{')) || (url.at && !json_is(url, '"')) ||
      !read_body(body_text, body_base64, &b)) {
    return failure(SPAN("host_error"), malformed);
  }
  if (!headers.at) headers = SPAN("{}");
  if (!url.at) url = t->url;

  u64 size = 128 + (u64)length(status) + length(headers) + length(url) + length(b.json) + length(b.base64);
  size += b.quoted.at ? length(b.quoted) : json_escaped_length(b.text) + 2;
  u8 *start = must_allocate(size), *to = start;
  to = copy(copy(to, SPAN("{\"ok\":true,\"data\":{\"status_code\":")), status);
  to = copy(copy(to, SPAN(",\"headers\":")), headers);
  to = copy(to, SPAN(",\"body\":"));
  to = b.quoted.at ? copy(to, b.quoted) : json_put_string(to, b.text);
  if (b.base64.at) to = copy(copy(to, SPAN(",\"body_base64\":")), b.base64);
  if (b.json.at) to = copy(copy(to, SPAN(",\"json\":")), b.json);
  to = copy(copy(to, SPAN(",\"url\":")), url);
  return packed((span){start, copy(to, SPAN("}}"))});
}

LG_EXPORT("execute") u64 execute(const u8 *at, u32 task_length) {
  task t = {0};
  const char *wrong = read_task((span){at, at + task_length}, &t);
  if (wrong) return failure(SPAN("invalid_task"), from_literal(wrong));
  span request = write_request(&t, task_length);
  u32 place[2];
  u32 status = host_http(request.at, length(request), place);
  const u8 *from = (const u8 *)(uintptr_t)place[0];
  span answer = {from, from + place[1]};
  return status == 0 ? succeeded(&t, answer) : refused(answer);
}
