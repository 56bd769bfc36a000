/* Lets a program's calls to the machine fail, wait, or tell another time, on order of another process.
 *
 * Loaded with LD_PRELOAD. The orders are in a file that both map: see `failing.py`, which has the same layout. Only calls
 * whose file is beneath `prefix` count, so that what the program itself is made of still loads; calls that have no file,
 * such as fork, always count.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, OPEN = 4, MKDIR = 8, RENAME = 16, LINK = 32, UNLINK = 64, READ = 128, FORK = 256, THREAD = 512 };

struct orders {
    int64_t kinds;  /* the calls that count, as bits; 0 for none */
    int64_t passed; /* how many of them still go well */
    int64_t fail;   /* how many fail after that */
    int64_t error;  /* what they fail with; 0 for none: then they only wait */
    int64_t wait;   /* microseconds that each of them waits before */
    int64_t seen;   /* how many there were */
    int64_t failed; /* how many of them failed, or waited */
    int64_t clock;  /* nanoseconds to add to the time of day */
    char prefix[512];
    char last[512]; /* the last one that failed */
};

static struct orders *orders;
static pid_t owner;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAILING_ORDERS");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *found = mmap(NULL, sizeof *orders, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    owner = getpid();
    if (found != MAP_FAILED) orders = found;
}

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

/* Whether this call is to fail; counts it. */
static int fails(int kind, const char *name, int at, const char *path) {
    char whole[PATH_MAX] = "", link[64];
    if (!orders || !(orders->kinds & kind) || getpid() != owner) return 0;
    int before = errno;
    if (path == NULL || (path[0] != '/' && at >= 0)) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t length = at >= 0 ? readlink(link, whole, sizeof whole - 1) : 0;
        whole[length > 0 ? length : 0] = 0;
    }
    if (path != NULL) {
        size_t length = strlen(whole);
        snprintf(whole + length, sizeof whole - length, "%s%s", length ? "/" : "", path);
    }
    errno = before;
    size_t beneath = strlen(orders->prefix);
    int inside = strncmp(whole, orders->prefix, beneath) == 0 && (whole[beneath] == '/' || whole[beneath] == 0);
    if (!inside && !(kind & (FORK | THREAD))) return 0;
    __atomic_add_fetch(&orders->seen, 1, __ATOMIC_SEQ_CST);
    if (__atomic_sub_fetch(&orders->passed, 1, __ATOMIC_SEQ_CST) >= 0) return 0;
    if (__atomic_sub_fetch(&orders->fail, 1, __ATOMIC_SEQ_CST) < 0) return 0;
    int error = (int)orders->error;
    int64_t wait = orders->wait;
    snprintf(orders->last, sizeof orders->last, "%s %.490s", name, whole);
    __atomic_add_fetch(&orders->failed, 1, __ATOMIC_SEQ_CST);
    if (wait) {
        struct timespec pause = {wait / 1000000, wait % 1000000 * 1000};
        nanosleep(&pause, NULL);
    }
    errno = error ? error : before;
    return error != 0;
}

#define CALL(kind, result, name, parameters, at, path, arguments) \
    result name parameters {                                      \
        static result(*next) parameters;                          \
        if (!next) next = real(#name);                            \
        if (fails(kind, #name, at, path)) return -1;              \
        return next arguments;                                    \
    }

CALL(READ, ssize_t, read, (int fd, void *data, size_t size), fd, NULL, (fd, data, size))
CALL(READ, ssize_t, pread, (int fd, void *data, size_t size, off_t at), fd, NULL, (fd, data, size, at))
CALL(READ, ssize_t, pread64, (int fd, void *data, size_t size, off64_t at), fd, NULL, (fd, data, size, at))
CALL(WRITE, ssize_t, write, (int fd, const void *data, size_t size), fd, NULL, (fd, data, size))
CALL(WRITE, ssize_t, writev, (int fd, const struct iovec *data, int count), fd, NULL, (fd, data, count))
CALL(WRITE, ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at), fd, NULL, (fd, data, size, at))
CALL(WRITE, ssize_t, pwrite64, (int fd, const void *data, size_t size, off64_t at), fd, NULL, (fd, data, size, at))
CALL(WRITE, int, ftruncate, (int fd, off_t size), fd, NULL, (fd, size))
CALL(WRITE, int, ftruncate64, (int fd, off64_t size), fd, NULL, (fd, size))
CALL(SYNC, int, fsync, (int fd), fd, NULL, (fd))
CALL(SYNC, int, fdatasync, (int fd), fd, NULL, (fd))
CALL(MKDIR, int, mkdir, (const char *path, mode_t mode), -1, path, (path, mode))
CALL(MKDIR, int, mkdirat, (int at, const char *path, mode_t mode), at, path, (at, path, mode))
CALL(RENAME, int, rename, (const char *from, const char *to), -1, from, (from, to))
CALL(RENAME, int, renameat, (int a, const char *from, int b, const char *to), a, from, (a, from, b, to))
CALL(LINK, int, link, (const char *from, const char *to), -1, to, (from, to))
CALL(LINK, int, linkat, (int a, const char *from, int b, const char *to, int flags), b, to, (a, from, b, to, flags))
CALL(UNLINK, int, unlink, (const char *path), -1, path, (path))
CALL(UNLINK, int, unlinkat, (int at, const char *path, int flags), at, path, (at, path, flags))
CALL(UNLINK, int, rmdir, (const char *path), -1, path, (path))

#define OPENING(name, parameters, at, arguments)                                \
    int name parameters {                                                       \
        static int (*next)(int, const char *, int, mode_t);                     \
        mode_t mode = 0;                                                        \
        if (!next) next = real("openat");                                       \
        if (flags & (O_CREAT | O_TMPFILE)) {                                    \
            va_list rest;                                                       \
            va_start(rest, flags);                                              \
            mode = va_arg(rest, mode_t);                                        \
            va_end(rest);                                                       \
        }                                                                       \
        if (fails(OPEN, "open", at, path)) return -1;                           \
        return next arguments;                                                  \
    }

OPENING(open, (const char *path, int flags, ...), -1, (AT_FDCWD, path, flags, mode))
OPENING(open64, (const char *path, int flags, ...), -1, (AT_FDCWD, path, flags | O_LARGEFILE, mode))
OPENING(openat, (int at, const char *path, int flags, ...), at, (at, path, flags, mode))
OPENING(openat64, (int at, const char *path, int flags, ...), at, (at, path, flags | O_LARGEFILE, mode))

/* There are no queues of syncs: a program has to make each as a call that counts, as on a kernel without them. */
long syscall(long number, ...) {
    static long (*next)(long, ...);
    if (!next) next = real("syscall");
    if (number == SYS_io_setup) {
        errno = ENOSYS;
        return -1;
    }
    va_list rest;
    va_start(rest, number);
    long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long);
    long d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
    va_end(rest);
    if (number == SYS_openat2 && fails(OPEN, "openat2", (int)a, (const char *)b)) return -1;
    return next(number, a, b, c, d, e, f);
}

pid_t fork(void) {
    static pid_t (*next)(void);
    if (!next) next = real("fork");
    return fails(FORK, "fork", -1, NULL) ? -1 : next();
}

/* A wrapper cannot return in vfork's child, so that this one is a fork: the same for who calls it, and slower. */
pid_t vfork(void) { return fork(); }

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
    static int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (!next) next = real("pthread_create");
    return fails(THREAD, "pthread_create", -1, NULL) ? EAGAIN : next(thread, attributes, body, argument);
}

static void shift(struct timespec *time) {
    int64_t clock = orders ? orders->clock : 0;
    time->tv_sec += clock / 1000000000;
    time->tv_nsec += clock % 1000000000;
    if (time->tv_nsec >= 1000000000) time->tv_nsec -= 1000000000, time->tv_sec++;
    if (time->tv_nsec < 0) time->tv_nsec += 1000000000, time->tv_sec--;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*next)(clockid_t, struct timespec *);
    if (!next) next = real("clock_gettime");
    int result = next(clock, time);
    if (result == 0 && clock == CLOCK_REALTIME) shift(time);
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out) {
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
