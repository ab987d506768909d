/* fs: one operation on one file. Checks the task, asks the host, and hands the answer on.
 *
 * Task in:  {"operation": "read" | "write" | "delete", "path"}, and with write: "content_base64", "mode"="overwrite" | "create",
 *           "expected_before_hash" (sha256: and 64 lower-case hexadecimal digits; with overwrite alone)
 * Out:      read   {"ok":true,"data":{"path","size_bytes","hash","content_base64"}}
 *           write  {"ok":true,"data":{"path","after_hash","bytes_written"[,"before_hash","bytes_before"]}}
 *           delete {"ok":true,"data":{"path","deleted":true}}
 *           {"ok":false,"error":{"code","message"}} when the task is malformed or the host refused.
 *
 * The path is the host's to judge; content is base64 on both sides and is never decoded here. Nothing is logged. */
#include "guest.h"
#include "json.h"
#include "reply.h"

/* Sends `length` bytes of JSON at `at`; the host writes the place and the length of its answer. Not 0 when the host refused. */
LG_IMPORT("latchgate:io/fs", "request") u32 host_fs(const u8 *at, u32 length, u32 answer[2]);

enum { HASH_DIGITS = 64 };

typedef struct task {
  span operation, path, content, mode, expected; /* JSON values; null spans when absent */
  bool writes, creates;
} task;

static span refused_task(const char *code, const char *message, span *why) {
  *why = from_literal(message);
  return from_literal(code);
}

/* ---- the task ---------------------------------------------------------------------------------------------------------------- */

static bool is_hash_digits(span s) {
  for (const u8 *p = s.at; p < s.end; p++) {
    if (!((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'f'))) return false;
  }
  return length(s) == HASH_DIGITS;
}

/* What is wrong with the members of a write: an error code and why, or a null span. */
static span check_write(task *t, span *why) {
  if (!json_is(t->content, '"')) return refused_task("invalid_content", "write operation requires content_base64", why);
  if (t->mode.at) {
    if (!json_is(t->mode, '"')) return refused_task("invalid_operation", "mode is not a string", why);
    span mode = json_text(t->mode);
    t->creates = equal(mode, SPAN("create"));
    if (!t->creates && !equal(mode, SPAN("overwrite"))) return refused_task("invalid_operation", "unknown write mode; known are create and overwrite", why);
  }
  if (t->expected.at) {
    if (!json_is(t->expected, '"')) return refused_task("invalid_content", "expected_before_hash is not a string", why);
    span hash = json_text(t->expected), prefix = {hash.at, hash.at + 7};
    if (length(hash) < 7 || !equal(prefix, SPAN("sha256:"))) {
      return refused_task("invalid_content", "expected_before_hash must start with 'sha256:'", why);
    }
    if (!is_hash_digits((span){prefix.end, hash.end})) {
      return refused_task("invalid_content", "expected_before_hash must have 64 lower-case hexadecimal digits", why);
    }
    if (t->creates) return refused_task("invalid_content", "expected_before_hash is for mode overwrite: a new file has none before", why);
  }
  return (span){NULL, NULL};
}

/* Fills `t`; an error code and why, or a null span. */
static span read_task(span text, task *t, span *why) {
  const json_field fields[] = {
      {SPAN("operation"), &t->operation}, {SPAN("path"), &t->path}, {SPAN("content_base64"), &t->content},
      {SPAN("mode"), &t->mode},           {SPAN("expected_before_hash"), &t->expected},
  };
  switch (json_read(text, fields, sizeof fields / sizeof *fields, true)) {
    case JSON_FIELDS_READ: break;
    case JSON_NOT_AN_OBJECT: return refused_task("invalid_task", "the task is not a JSON object", why);
    case JSON_UNKNOWN_MEMBER:
      return refused_task(
          "invalid_task", "the task has an unknown member; known are operation, path, content_base64, mode, expected_before_hash", why);
    case JSON_MEMBER_TWICE: return refused_task("invalid_task", "the task has a member twice", why);
  }
  if (!json_is(t->operation, '"')) return refused_task("invalid_task", "operation is missing, or not a string", why);
  if (!json_is(t->path, '"')) return refused_task("invalid_task", "path is missing, or not a string", why);
  span operation = json_text(t->operation);
  t->writes = equal(operation, SPAN("write"));
  if (t->writes) return check_write(t, why);
  if (!equal(operation, SPAN("read")) && !equal(operation, SPAN("delete"))) {
    return refused_task("invalid_operation", "unknown operation; known are read, write and delete", why);
  }
  if (t->content.at || t->mode.at || t->expected.at) {
    return refused_task("invalid_task", "content_base64, mode and expected_before_hash are for write", why);
  }
  return (span){NULL, NULL};
}

/* ---- what goes to the host ----------------------------------------------------------------------------------------------------- */

/* Values that were checked are copied as they stand, escapes and all. */
static span write_request(const task *t, u32 task_length) {
  u8 *start = must_allocate((u64)task_length + 160), *to = start;
  to = copy(copy(to, SPAN("{\"operation\":")), t->operation);
  to = copy(copy(to, SPAN(",\"path\":")), t->path);
  if (t->writes) {
    to = copy(copy(to, SPAN(",\"content_base64\":")), t->content);
    to = copy(to, t->creates ? SPAN(",\"mode\":\"create\"") : SPAN(",\"mode\":\"overwrite\""));
    if (t->expected.at) to = copy(copy(to, SPAN(",\"expected_before_hash\":")), t->expected);
  }
  *to++ = '}';
  return (span){start, to};
}

/* ---- what comes back ----------------------------------------------------------------------------------------------------------- */

static bool is_number(span value) { return value.at && *value.at >= '0' && *value.at <= '9'; }

static u8 *put_member(u8 *to, span name, span value) { return copy(copy(to, name), value); }

static u64 succeeded(const task *t, span text) {
  span content = {0}, hash = {0}, size = {0}, before = {0}, after = {0}, bytes_before = {0}, written = {0}, ok = {0};
  const json_field fields[] = {
      {SPAN("content_base64"), &content}, {SPAN("hash"), &hash},           {SPAN("size_bytes"), &size},
      {SPAN("before_hash"), &before},     {SPAN("after_hash"), &after},    {SPAN("bytes_before"), &bytes_before},
      {SPAN("bytes_written"), &written},  {SPAN("ok"), &ok},
  };
  bool reads = equal(json_text(t->operation), SPAN("read"));
  bool good = json_read(text, fields, sizeof fields / sizeof *fields, false) == JSON_FIELDS_READ;
  if (good && t->writes) good = json_is(after, '"') && is_number(written) && (!before.at || (json_is(before, '"') && is_number(bytes_before)));
  else if (good && reads) good = json_is(content, '"') && json_is(hash, '"') && is_number(size);
  else good = good && json_is(ok, 't');
  if (!good) return failure(SPAN("host_error"), SPAN("the host's answer is malformed"));

  u8 *start = must_allocate((u64)length(text) + length(t->path) + 160), *to = start;
  to = put_member(to, SPAN("{\"ok\":true,\"data\":{\"path\":"), t->path);
  if (t->writes) {
    to = put_member(to, SPAN(",\"after_hash\":"), after);
    to = put_member(to, SPAN(",\"bytes_written\":"), written);
    if (before.at) to = put_member(put_member(to, SPAN(",\"before_hash\":"), before), SPAN(",\"bytes_before\":"), bytes_before);
  } else if (reads) {
    to = put_member(put_member(to, SPAN(",\"size_bytes\":"), size), SPAN(",\"hash\":"), hash);
    to = put_member(to, SPAN(",\"content_base64\":"), content);
  } else {
    to = copy(to, SPAN(",\"deleted\":true"));
  }
  return packed((span){start, copy(to, SPAN("}}"))});
}

LG_EXPORT("execute") u64 execute(const u8 *at, u32 task_length) {
  task t = {0};
  span why = {0}, wrong = read_task((span){at, at + task_length}, &t, &why);
  if (wrong.at) return failure(wrong, why);
  span request = write_request(&t, task_length);
  u32 place[2];
  u32 status = host_fs(request.at, length(request), place);
  const u8 *from = (const u8 *)(uintptr_t)place[0];
  span answer = {from, from + place[1]};
  return status == 0 ? succeeded(&t, answer) : refused(answer, SPAN("the host refused the operation"));
}
