// ws PORT PATH CONNECTIONS FRAMES
//
// So many WebSockets, each of which waits for so many events: prints READY when all are open, and then one line of JSON.
// An event is a text frame of JSON; its "seq" must be one more than the one before on the same connection, and where it
// has a "t", the nanoseconds of CLOCK_MONOTONIC at which it was made, its latency is counted. With 0 FRAMES it stays
// until its input ends, and with -1 each waits for the event "end": then lines of output are counted too, those that
// "lines" prints, whose numbers must rise, and those of which it is told only how many were left out.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1024, TEXT = 1, PING = 9, PONG = 10 };

typedef struct {
    int fd;
    int head_size, size;
    unsigned char head[10];
    unsigned long long left;
    long frames, seq, line;
    int opcode;
    char data[MOST + 1];
} Connection;

static char buffer[1 << 18];
static long total, bytes, wrong, times, room, ended, lines, left_out;
static float *latencies;

static long long now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

// What a process printed: one of its lines, or how many of them came too fast to be told.
static void output(Connection *one) {
    char *message = strstr(one->data, "\"message\":\"");
    if (strstr(one->data, "\"type\":\"end\"")) ended++;
    if (!message || !strstr(one->data, "\"type\":\"log\"")) return;
    message += strlen("\"message\":\"");
    if (strncmp(message, "line ", 5)) {
        left_out += atol(message);
        return;
    }
    long number = atol(message + 5);
    if (number <= one->line) wrong++;
    one->line = number;
    lines++;
}

// Without an answer to its pings a server takes us for gone.
static void pong(Connection *one) {
    char answer[6 + 125] = {(char)(128 | PONG), (char)(128 | one->size)};
    if (one->size > 125) fail("a ping");
    memcpy(answer + 6, one->data, one->size);
    if (write(one->fd, answer, 6 + one->size) != 6 + one->size) fail("a pong");
}

static void frame(Connection *one, long long at) {
    if (one->opcode == PING) pong(one);
    if (one->opcode != TEXT) return;
    one->data[one->size] = 0;
    char *found = strstr(one->data, "\"seq\":");
    long seq = found ? atol(found + 6) : -1;
    if (one->frames && seq != one->seq + 1) wrong++;
    one->seq = seq;
    one->frames++;
    total++;
    char *made = strstr(one->data, "\"t\":");
    if (made && times < room) latencies[times++] = (at - atoll(made + 4)) * 1e-3;
    if (room < 0) output(one);
}

// One byte of a frame's head; the frame begins when that was the last one.
static void head(Connection *one, unsigned char byte, long long at) {
    one->head[one->head_size++] = byte;
    if (one->head_size < 2) return;
    int short_size = one->head[1] & 127, need = short_size == 126 ? 4 : short_size == 127 ? 10 : 2;
    if (one->head_size < need) return;
    one->left = need == 2 ? short_size : 0;
    for (int i = 2; i < need; i++) one->left = one->left << 8 | one->head[i];
    one->opcode = one->head[0] & 15;
    one->head_size = one->size = 0;
    if (!one->left) frame(one, at);
}

static void take(Connection *one, char *at, size_t got, long long when) {
    bytes += got;
    for (char *end = at + got; at < end;) {
        if (!one->left) {
            head(one, *at++, when);
            continue;
        }
        size_t part = one->left < (size_t)(end - at) ? one->left : (size_t)(end - at);
        size_t kept = part < (size_t)(MOST - one->size) ? part : (size_t)(MOST - one->size);
        memcpy(one->data + one->size, at, kept);
        one->size += kept;
        at += part;
        one->left -= part;
        if (!one->left) frame(one, when);
    }
}

static int opened(int port, const char *path, int epoll, Connection *one) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    one->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(one->fd, (void *)&to, sizeof to)) fail("connect");
    dprintf(one->fd,
            "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
            path, port);
    int have = 0;
    while (have < 4 || memcmp(buffer + have - 4, "\r\n\r\n", 4)) {
        if (have > 4000 || read(one->fd, buffer + have, 1) != 1) fail("the handshake");
        have++;
    }
    if (memcmp(buffer, "HTTP/1.1 101", 12)) {
        buffer[have] = 0;
        fprintf(stderr, "%s", buffer);
        exit(1);
    }
    fcntl(one->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, one->fd, &event);
}

// What has come, or comes in so many milliseconds; 0 for nothing.
static int take_all(int epoll, int wait, long long *began) {
    struct epoll_event events[256];
    int ready = epoll_wait(epoll, events, 256, wait);
    if (ready > 0 && !*began) *began = now();
    for (int i = 0; i < ready; i++) {
        Connection *one = events[i].data.ptr;
        ssize_t got = read(one->fd, buffer, sizeof buffer);
        if (got <= 0) fail("the server closed a WebSocket");
        take(one, buffer, got, now());
    }
    return ready > 0;
}

static int ascending(const void *a, const void *b) {
    return (*(float *)a > *(float *)b) - (*(float *)a < *(float *)b);
}

int main(int count, char **given) {
    if (count < 5) return 2;
    int connections = atoi(given[3]), epoll = epoll_create1(0);
    long wanted = atol(given[4]);
    long long began = 0;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    room = wanted * connections;
    latencies = calloc((room > 0 ? room : 0) + 1, sizeof *latencies);
    Connection *all = calloc(connections, sizeof *all);
    // To open many takes longer than a server waits for an answer to its pings.
    for (int i = 0; i < connections; i++)
        if (opened(atoi(given[1]), given[2], epoll, &all[i])) fail("epoll");
        else take_all(epoll, 0, &began);
    began = 0;
    puts("READY");
    fflush(stdout);
    if (!wanted) {
        getchar();
        return 0;
    }
    while (wanted < 0 ? ended < connections : total < room) {
        if (!take_all(epoll, 60000, &began)) { errno = ETIMEDOUT; fail("no event"); }
    }
    double seconds = began ? (now() - began) * 1e-9 : 0;
    qsort(latencies, times, sizeof *latencies, ascending);
    printf("{\"frames\": %ld, \"bytes\": %ld, \"wrong\": %ld, \"seconds\": %.6f, \"p50\": %.1f, \"p99\": %.1f, \"lines\": %ld, "
           "\"left_out\": %ld}\n", total, bytes, wrong, seconds, latencies[times / 2], latencies[times * 99 / 100], lines,
           left_out);
    return 0;
}
