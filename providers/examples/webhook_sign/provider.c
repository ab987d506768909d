/* webhook_sign: sends one JSON document, with the digest of the very bytes that are sent.
 *
 * Task in:  {"url", "method"="POST", "headers"={}, "body"}, as a template makes it
 * Sends:    the body's text, the headers, and "content-digest: sha-256=:…:" (RFC 9530)
 * Out:      {"ok":true,"data":{"status_code","content_digest"}}, whatever the status is,
 *           {"ok":false,"error":{"code","message"}} when the task is malformed or the host refused.
 *
 * The signature that the receiver checks is not made here: a guest never has a secret. The gate signs the body on its way out, as the
 * action's manifest tells it to (target: hmac_sha256). */
#include "base64.h"
#include "guest.h"
#include "json.h"
#include "reply.h"
#include "sha256.h"

/* Sends `length` bytes of JSON at `at`; the host writes the place and the length of its answer. Not 0 when the host refused. */
LG_IMPORT("latchgate:io/http", "request") u32 host_http(const u8 *at, u32 length, u32 answer[2]);

typedef struct task {
  span url, method, headers, body; /* JSON values */
} task;

static const char *check_headers(span headers) {
  span rest = json_inside(headers), key, value;
  while (json_member(&rest, &key, &value) == JSON_MEMBER) {
    if (!json_is(value, '"')) return "a header value is not a string";
    if (equal_ignoring_case(json_text(key), SPAN("content-digest"))) return "the task sets content-digest, which is computed here";
  }
  return NULL;
}

/* Fills `t`; what is wrong with the task, or null. The host checks URL, method and headers as such. */
static const char *read_task(span text, task *t) {
  const json_field fields[] = {
      {SPAN("url"), &t->url}, {SPAN("method"), &t->method}, {SPAN("headers"), &t->headers}, {SPAN("body"), &t->body}};
  switch (json_read(text, fields, sizeof fields / sizeof *fields, true)) {
    case JSON_FIELDS_READ: break;
    case JSON_NOT_AN_OBJECT: return "the task is not a JSON object";
    case JSON_UNKNOWN_MEMBER: return "the task has an unknown member; known are url, method, headers, body";
    case JSON_MEMBER_TWICE: return "the task has a member twice";
  }
  if (!json_is(t->url, '"')) return "url is missing, or not a string";
  if (!t->method.at) t->method = SPAN("\"POST\"");
  if (!json_is(t->method, '"')) return "method is not a string";
  if (!t->headers.at) t->headers = SPAN("{}");
  if (!json_is(t->headers, '{')) return "headers is not an object";
  if (!t->body.at) return "body is missing";
  return check_headers(t->headers);
}

/* RFC 9530 section 2: a byte sequence of RFC 8941. */
static span write_digest(span body) {
  u8 digest[SHA256_SIZE];
  sha256(body, digest);
  u8 *start = must_allocate(64), *to = copy(start, SPAN("sha-256=:"));
  to = base64_encode(to, (span){digest, digest + SHA256_SIZE});
  return (span){start, copy(to, SPAN(":"))};
}

/* Values that were checked are copied as they stand, escapes and all; the body becomes a string. */
static span write_request(const task *t, span digest) {
  u64 size = (u64)length(t->url) + length(t->method) + length(t->headers) + length(digest) + json_escaped_length(t->body) + 128;
  u8 *start = must_allocate(size), *to = start;
  span rest = json_inside(t->headers), key, value;
  bool any = json_member(&rest, &key, &value) == JSON_MEMBER;
  to = copy(copy(to, SPAN("{\"method\":")), t->method);
  to = copy(copy(to, SPAN(",\"url\":")), t->url);
  to = copy(copy(to, SPAN(",\"headers\":")), any ? (span){t->headers.at, t->headers.end - 1} : SPAN("{"));
  to = copy(to, any ? SPAN(",\"content-digest\":\"") : SPAN("\"content-digest\":\""));
  to = copy(copy(to, digest), SPAN("\"},\"body_text\":"));
  to = json_put_string(to, t->body);
  return (span){start, copy(to, SPAN("}"))};
}

static u64 succeeded(span answer, span digest) {
  span status = {0};
  const json_field fields[] = {{SPAN("status"), &status}};
  if (json_read(answer, fields, 1, false) != JSON_FIELDS_READ || !status.at || *status.at < '1' || *status.at > '9') {
    return failure(SPAN("host_error"), SPAN("the host's answer is malformed"));
  }
  u8 *start = must_allocate((u64)length(status) + length(digest) + 64), *to = start;
  to = copy(copy(to, SPAN("{\"ok\":true,\"data\":{\"status_code\":")), status);
  to = copy(copy(to, SPAN(",\"content_digest\":\"")), digest);
  return packed((span){start, copy(to, SPAN("\"}}"))});
}

LG_EXPORT("execute") u64 execute(const u8 *at, u32 task_length) {
  task t = {0};
  const char *wrong = read_task((span){at, at + task_length}, &t);
  if (wrong) return failure(SPAN("invalid_task"), from_literal(wrong));
  span digest = write_digest(t.body), request = write_request(&t, digest);
  u32 place[2];
  u32 status = host_http(request.at, length(request), place);
  const u8 *from = (const u8 *)(uintptr_t)place[0];
  span answer = {from, from + place[1]};
  return status == 0 ? succeeded(answer, digest) : refused(answer, SPAN("the host refused the request"));
}
