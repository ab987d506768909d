/* fs: reads, writes or deletes one file below the session's root. Checks the shape of the task, asks the host, and hands the answer
 * on; which path and which content are allowed is for the host to judge.
 *
 * Task in:  {"operation": "read" | "write" | "delete", "path"[, "content_base64", "mode"="overwrite" | "create",
 *           "expected_before_hash": "sha256:…"]}
 * Out:      {"ok":true,"data":{"path", …}} with what the host answered: "size_bytes", "hash", "content_base64" of a read,
 *           "after_hash", "bytes_written", "before_hash", "bytes_before" of a write, "deleted":true of a delete,
 *           {"ok":false,"error":{"code","message"}} when the task is malformed or the host refused. */
#include "guest.h"
#include "json.h"
#include "reply.h"

/* Sends `length` bytes of JSON at `at`; the host writes the place and the length of its answer. Not 0 when the host refused. */
LG_IMPORT("latchgate:io/fs", "request") u32 host_fs(const u8 *at, u32 length, u32 answer[2]);

typedef struct task {
  span operation, path, content, mode, expected; /* JSON strings; null spans when absent */
  bool is_write, is_delete;
} task;

static bool is_string(span value) { return json_is(value, '"'); }

/* Fills `t`; when something is wrong, sets the code and returns what it is, else null. */
static const char *read_task(span text, task *t, span *code) {
  const json_field fields[] = {
      {SPAN("operation"), &t->operation}, {SPAN("path"), &t->path},
      {SPAN("content_base64"), &t->content}, {SPAN("mode"), &t->mode}, {SPAN("expected_before_hash"), &t->expected},
  };
  *code = SPAN("invalid_task");
  switch (json_read(text, fields, sizeof fields / sizeof *fields, true)) {
    case JSON_FIELDS_READ: break;
    case JSON_NOT_AN_OBJECT: return "the task is not a JSON object";
    case JSON_UNKNOWN_MEMBER: return "the task has an unknown member; known are operation, path, content_base64, mode, expected_before_hash";
    case JSON_MEMBER_TWICE: return "the task has a member twice";
  }
  if (!is_string(t->path)) return "path is missing, or not a string";

  *code = SPAN("invalid_operation");
  if (!is_string(t->operation)) return "operation is missing, or not a string";
  span operation = json_text(t->operation);
  t->is_write = equal(operation, SPAN("write"));
  t->is_delete = equal(operation, SPAN("delete"));
  if (!t->is_write && !t->is_delete && !equal(operation, SPAN("read"))) return "operation is none of read, write, delete";
  if (t->mode.at) {
    span mode = is_string(t->mode) ? json_text(t->mode) : SPAN("");
    if (!equal(mode, SPAN("overwrite")) && !equal(mode, SPAN("create"))) return "mode is neither overwrite nor create";
  }

  *code = SPAN("invalid_content");
  if (!t->is_write) return t->content.at || t->mode.at || t->expected.at ? "content_base64, mode and expected_before_hash are for write" : NULL;
  if (!is_string(t->content)) return "a write needs content_base64, a string";
  if (t->expected.at && !is_string(t->expected)) return "expected_before_hash is not a string";
  return NULL;
}

static span write_request(const task *t, u32 task_length) {
  u8 *start = must_allocate((u64)task_length + 128), *to = start;
  to = copy(copy(to, SPAN("{\"operation\":")), t->operation);
  to = copy(copy(to, SPAN(",\"path\":")), t->path);
  if (t->is_write) {
    to = copy(copy(to, SPAN(",\"content_base64\":")), t->content);
    to = copy(copy(to, SPAN(",\"mode\":")), t->mode.at ? t->mode : SPAN("\"overwrite\""));
    if (t->expected.at) to = copy(copy(to, SPAN(",\"expected_before_hash\":")), t->expected);
  }
  *to++ = '}';
  return (span){start, to};
}

static u64 succeeded(const task *t, span text) {
  span answer = json_document(text);
  if (!json_is(answer, '{')) return failure(SPAN("host_error"), SPAN("the host's answer is malformed"));
  span members = {answer.at + 1, answer.end - 1};
  members.at = json_space(members.at, members.end);
  u8 *start = must_allocate((u64)length(t->path) + length(members) + 64), *to = start;
  to = copy(copy(to, SPAN("{\"ok\":true,\"data\":{\"path\":")), t->path);
  if (t->is_delete) {
    to = copy(to, SPAN(",\"deleted\":true"));
  } else if (length(members) > 0) {
    *to++ = ',';
    to = copy(to, members);
  }
  return packed((span){start, copy(to, SPAN("}}"))});
}

LG_EXPORT("execute") u64 execute(const u8 *at, u32 task_length) {
  task t = {0};
  span code;
  const char *wrong = read_task((span){at, at + task_length}, &t, &code);
  if (wrong) return failure(code, from_literal(wrong));
  span request = write_request(&t, task_length);
  u32 place[2];
  u32 status = host_fs(request.at, length(request), place);
  const u8 *from = (const u8 *)(uintptr_t)place[0];
  span answer = {from, from + place[1]};
  return status == 0 ? succeeded(&t, answer) : refused(answer, SPAN("the host refused the operation"));
}
