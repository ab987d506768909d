// Loaded into the published gate with LD_PRELOAD. It makes a chosen system call on a chosen file fail, be short, be slow, or be the
// process's last; it shifts the wall clock; and it records what was written and what was made durable, so that a test can put the
// files into the state that a power cut leaves.
//
// LATCHGATE_FAULT_CONTROL   a file of the size of struct control, which the test maps and changes while the gate runs
// LATCHGATE_FAULT_ROOT      only files below this folder are touched
// LATCHGATE_FAULT_JOURNAL   where the writes are recorded; nothing is recorded without it
//
// Every fault that is injected is counted in the control file: a test that counts none has tested nothing.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum operation { WRITE = 1, SYNC = 2, TRUNCATE = 4, OPEN = 8, READ = 16, UNLINK = 32, RENAME = 64 };
enum action { FAIL = 1, SHORT = 2, DELAY = 3, KILL_BEFORE = 4, KILL_AFTER = 5, FAIL_THEN_KILL = 6 };
enum record { WRITTEN = 1, CUT = 2, SYNCED = 3, SYNC_FAILED = 4, CREATED = 5, REMOVED = 6, RENAMED = 7, FOLDER_SYNCED = 8 };

struct rule {
    uint32_t armed;      // written last by the test
    uint32_t operations; // a set of enum operation
    uint32_t action;
    uint32_t error;      // errno of FAIL; milliseconds of DELAY
    uint32_t skip;       // so many calls that match go through first
    uint32_t times;      // so many are hit then; 0 = all
    uint32_t seen;
    uint32_t hits;       // faults injected
    char suffix[32];     // how the file's path ends
};

struct control {
    struct rule rules[8];
    int64_t clock_offset;   // nanoseconds added to CLOCK_REALTIME
    int64_t clock_frozen;   // when not 0, what CLOCK_REALTIME says
    uint64_t clock_reads;   // answers that were not the true time
};

enum { DESCRIPTORS = 4096, LONGEST_PATH = 512 };

static struct control *control;
static const char *root;
static int journal = -1;
static pthread_mutex_t recording = PTHREAD_MUTEX_INITIALIZER;
static char *paths[DESCRIPTORS];

__attribute__((constructor)) static void load(void) {
    const char *file = getenv("LATCHGATE_FAULT_CONTROL");
    root = getenv("LATCHGATE_FAULT_ROOT");
    if (!file || !root) return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) abort();
    void *mapped = (void *)syscall(SYS_mmap, NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) abort();
    syscall(SYS_close, fd);
    const char *log = getenv("LATCHGATE_FAULT_JOURNAL");
    if (log && (journal = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) < 0) abort();
    control = mapped;
}

static const char *path_of(int fd) { return fd >= 0 && fd < DESCRIPTORS ? paths[fd] : NULL; }

static int is_ours(const char *path) { return control && path && !strncmp(path, root, strlen(root)); }

static int ends_with(const char *path, const char *suffix) {
    size_t length = strlen(path), tail = strnlen(suffix, sizeof ((struct rule *)0)->suffix);
    return length >= tail && !memcmp(path + length - tail, suffix, tail);
}

static void die(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) syscall(SYS_pause);
}

// The rule that this call hits, or none.
static struct rule *hit(const char *path, uint32_t operation) {
    if (!is_ours(path)) return NULL;
    for (size_t i = 0; i < sizeof control->rules / sizeof *control->rules; i++) {
        struct rule *rule = &control->rules[i];
        if (!__atomic_load_n(&rule->armed, __ATOMIC_ACQUIRE) || !(rule->operations & operation) || !ends_with(path, rule->suffix)) continue;
        uint32_t seen = __atomic_fetch_add(&rule->seen, 1, __ATOMIC_SEQ_CST);
        if (seen < rule->skip || (rule->times && seen >= rule->skip + rule->times)) continue;
        __atomic_fetch_add(&rule->hits, 1, __ATOMIC_SEQ_CST);
        return rule;
    }
    return NULL;
}

// What comes before the call; true when it does not take place and errno says why.
static int before(struct rule *rule) {
    if (!rule) return 0;
    switch (rule->action) {
        case FAIL:
        case FAIL_THEN_KILL: errno = (int)rule->error; return 1;
        case DELAY: {
            struct timespec pause = { rule->error / 1000, (long)(rule->error % 1000) * 1000000 };
            syscall(SYS_nanosleep, &pause, NULL);
            return 0;
        }
        case KILL_BEFORE: die();
    }
    return 0;
}

static void after(struct rule *rule) {
    if (rule && rule->action == KILL_AFTER) die();
}

static void append(const void *data, size_t length) {
    for (const char *at = data; length > 0;) {
        ssize_t done = syscall(SYS_write, journal, at, length);
        if (done <= 0) abort();
        at += done;
        length -= (size_t)done;
    }
}

// kind, length of the path, length of the data, offset; path; data. All little-endian.
static void record(uint32_t kind, const char *path, int64_t offset, const void *data, size_t length) {
    if (journal < 0 || !is_ours(path)) return;
    int error = errno;
    uint32_t head[3] = { kind, (uint32_t)strlen(path), (uint32_t)length };
    pthread_mutex_lock(&recording);
    append(head, sizeof head);
    append(&offset, sizeof offset);
    append(path, head[1]);
    if (length) append(data, length);
    pthread_mutex_unlock(&recording);
    errno = error;
}

static int open_file(int folder, const char *path, int flags, mode_t mode) {
    char whole[LONGEST_PATH];
    int relative = control && path && path[0] != '/' && folder == AT_FDCWD;
    if (relative && getcwd(whole, sizeof whole) && strlen(whole) + strlen(path) + 2 < sizeof whole) {
        strcat(strcat(whole, "/"), path);
    } else {
        strncpy(whole, path ? path : "", sizeof whole - 1);
        whole[sizeof whole - 1] = 0;
    }
    int writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT;
    struct rule *rule = writes ? hit(whole, OPEN) : NULL;
    if (before(rule)) return -1;
    int made = flags & O_CREAT && is_ours(whole) && syscall(SYS_faccessat, AT_FDCWD, whole, F_OK, 0) != 0;
    int fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (fd >= 0 && fd < DESCRIPTORS) {
        char *old = __atomic_exchange_n(&paths[fd], is_ours(whole) ? strdup(whole) : NULL, __ATOMIC_SEQ_CST);
        free(old);
        if (made) record(CREATED, whole, 0, NULL, 0);
        if (flags & O_TRUNC) record(CUT, whole, 0, NULL, 0);
    }
    after(rule);
    return fd;
}

static mode_t mode_of(int flags, va_list arguments) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0; }

#define OPENS(name)                                             \
    int name(const char *path, int flags, ...) {                \
        va_list arguments;                                      \
        va_start(arguments, flags);                             \
        mode_t mode = mode_of(flags, arguments);                \
        va_end(arguments);                                      \
        return open_file(AT_FDCWD, path, flags, mode);          \
    }
OPENS(open)
OPENS(open64)

int close(int fd) {
    if (fd >= 0 && fd < DESCRIPTORS && control) free(__atomic_exchange_n(&paths[fd], NULL, __ATOMIC_SEQ_CST));
    return (int)syscall(SYS_close, fd);
}

static ssize_t write_at(int fd, const void *data, size_t length, off_t offset, int positioned) {
    const char *path = path_of(fd);
    struct rule *rule = hit(path, WRITE);
    if (before(rule)) return -1;
    if (rule && rule->action == SHORT && length > 1) {
        // The disk is full in the middle: this much went there, and the next call says so.
        length /= 2;
        rule->action = FAIL;
    }
    if (!positioned && path) offset = syscall(SYS_lseek, fd, 0, SEEK_CUR);
    ssize_t done = positioned ? syscall(SYS_pwrite64, fd, data, length, offset) : syscall(SYS_write, fd, data, length);
    if (done > 0) record(WRITTEN, path, offset, data, (size_t)done);
    after(rule);
    return done;
}

ssize_t write(int fd, const void *data, size_t length) { return write_at(fd, data, length, 0, 0); }
ssize_t pwrite64(int fd, const void *data, size_t length, off_t offset) { return write_at(fd, data, length, offset, 1); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return write_at(fd, data, length, offset, 1); }

// Only the first part: callers go on with what is left.
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset) {
    return count > 0 ? write_at(fd, parts[0].iov_base, parts[0].iov_len, offset, 1) : 0;
}

ssize_t pread64(int fd, void *data, size_t length, off_t offset) {
    struct rule *rule = hit(path_of(fd), READ);
    if (before(rule)) return -1;
    ssize_t done = syscall(SYS_pread64, fd, data, length, offset);
    after(rule);
    return done;
}

static int sync_file(int fd, long call) {
    const char *path = path_of(fd);
    struct rule *rule = hit(path, SYNC);
    if (before(rule)) {
        record(SYNC_FAILED, path, 0, NULL, 0);
        if (rule->action == FAIL_THEN_KILL) die();
        errno = (int)rule->error;
        return -1;
    }
    int result = (int)syscall(call, fd);
    struct stat status;
    if (result == 0 && path) record(!fstat(fd, &status) && S_ISDIR(status.st_mode) ? FOLDER_SYNCED : SYNCED, path, 0, NULL, 0);
    after(rule);
    return result;
}

int fsync(int fd) { return sync_file(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }

int ftruncate64(int fd, off_t length) {
    const char *path = path_of(fd);
    struct rule *rule = hit(path, TRUNCATE);
    if (before(rule)) return -1;
    int result = (int)syscall(SYS_ftruncate, fd, length);
    if (result == 0) record(CUT, path, length, NULL, 0);
    after(rule);
    return result;
}

int unlink(const char *path) {
    struct rule *rule = hit(path, UNLINK);
    if (before(rule)) return -1;
    int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (result == 0) record(REMOVED, path, 0, NULL, 0);
    after(rule);
    return result;
}

int rename(const char *from, const char *to) {
    struct rule *rule = hit(to, RENAME);
    if (before(rule)) return -1;
    int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (result == 0) record(RENAMED, from, 0, to, strlen(to));
    after(rule);
    return result;
}

// The gate's own imports of libc ask for it by name, past what is loaded before it.
void *dlsym(void *library, const char *name) {
    static void *(*next)(void *, const char *);
    if (!next && !(next = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34")) && !(next = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5"))) abort();
    if (!strcmp(name, "fsync")) return fsync;
    if (!strcmp(name, "fdatasync")) return fdatasync;
    if (!strcmp(name, "rename")) return rename;
    if (!strcmp(name, "open")) return open;
    if (!strcmp(name, "close")) return close;
    return next(library, name);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result != 0 || !control || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
    int64_t offset = __atomic_load_n(&control->clock_offset, __ATOMIC_SEQ_CST);
    int64_t frozen = __atomic_load_n(&control->clock_frozen, __ATOMIC_SEQ_CST);
    if (!offset && !frozen) return 0;
    int64_t now = frozen ? frozen : time->tv_sec * 1000000000LL + time->tv_nsec + offset;
    time->tv_sec = now / 1000000000LL;
    time->tv_nsec = now % 1000000000LL;
    __atomic_fetch_add(&control->clock_reads, 1, __ATOMIC_SEQ_CST);
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    (void)zone;
    int result = clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return result;
}

time_t time(time_t *store) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (store) *store = now.tv_sec;
    return now.tv_sec;
}
