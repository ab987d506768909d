/* webhook_sign: delivers one event to a webhook, with the digest of the very bytes that are sent.
 *
 * Task in:  {"url", "event", "payload"={}}
 * Sends:    POST url with the body {"event":…,"payload":…}, "content-type: application/json" and "content-digest: sha-256=:…:" (RFC 9530)
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
  span url, event, payload; /* JSON values; null spans when absent */
} task;

/* Fills `t`; what is wrong with the task, or null. */
static const char *read_task(span text, task *t) {
  const json_field fields[] = {{SPAN("url"), &t->url}, {SPAN("event"), &t->event}, {SPAN("payload"), &t->payload}};
  switch (json_read(text, fields, sizeof fields / sizeof *fields, true)) {
    case JSON_FIELDS_READ: break;
    case JSON_NOT_AN_OBJECT: return "the task is not a JSON object";
    case JSON_UNKNOWN_MEMBER: return "the task has an unknown member; known are url, event, payload";
    case JSON_MEMBER_TWICE: return "the task has a member twice";
  }
  if (!json_is(t->url, '"')) return "url is missing, or not a string";
  if (!json_is(t->event, '"')) return "event is missing, or not a string";
  if (!t->payload.at) t->payload = SPAN("{}");
  return NULL;
}

/* The body, byte for byte as it is sent. Values that were checked are copied as they stand. */
static span write_body(const task *t) {
  u8 *start = must_allocate((u64)length(t->event) + length(t->payload) + 64), *to = start;
  to = copy(copy(to, SPAN("{\"event\":")), t->event);
  to = copy(copy(to, SPAN(",\"payload\":")), t->payload);
  return (span){start, copy(to, SPAN("}"))};
}

/* RFC 9530 section 2, in the form of a byte sequence of RFC 8941. */
static span write_digest(span body) {
  u8 digest[SHA256_SIZE];
  sha256(body, digest);
  u8 *start = must_allocate(64), *to = copy(start, SPAN("sha-256=:"));
  to = base64_encode(to, (span){digest, digest + SHA256_SIZE});
  return (span){start, copy(to, SPAN(":"))};
}

static span write_request(const task *t, span body, span digest) {
  u8 *start = must_allocate((u64)length(t->url) + json_escaped_length(body) + length(digest) + 160), *to = start;
  to = copy(copy(to, SPAN("{\"method\":\"POST\",\"url\":")), t->url);
  to = copy(to, SPAN(",\"headers\":{\"content-type\":\"application/json\",\"content-digest\":\""));
  to = copy(copy(to, digest), SPAN("\"},\"body_text\":"));
  to = json_put_string(to, body);
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
  span body = write_body(&t), digest = write_digest(body), request = write_request(&t, body, digest);
  u32 place[2];
  u32 status = host_http(request.at, length(request), place);
  const u8 *from = (const u8 *)(uintptr_t)place[0];
  span answer = {from, from + place[1]};
  return status == 0 ? succeeded(answer, digest) : refused(answer, SPAN("the host refused the request"));
}
