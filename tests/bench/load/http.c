// http PORT CONNECTIONS REQUESTS FILE [FIRST]
//
// Sends the request in FILE, one at a time on each of so many connections that are kept open, until there were so many
// answers. "########" in the request becomes a number that no other request has, counted from FIRST. Prints one line of
// JSON: how many answers, how many of them were not 2xx, how many connections the server ended, seconds, and the
// latencies' percentiles in microseconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    int fd;
    size_t have;
    double sent;
    char data[16384];
} Connection;

static char request[65536];
static char *hole;
static size_t length;
static long number, sent, answered, bad, ended, wanted;
static int waiting;
static struct sockaddr_in to = {.sin_family = AF_INET};
static float *latencies;

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec * 1e-9;
}

static void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static void open_one(Connection *one) {
    int yes = 1;
    one->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(one->fd, (void *)&to, sizeof to)) fail("connect");
    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
    epoll_ctl(waiting, EPOLL_CTL_ADD, one->fd, &event);
}

static void ask(Connection *one) {
    if (sent == wanted) return;
    if (hole) {
        char text[9];
        snprintf(text, sizeof text, "%08ld", number++);
        memcpy(hole, text, 8);
    }
    one->have = 0;
    one->sent = now();
    if (write(one->fd, request, length) != (ssize_t)length) fail("write");
    sent++;
}

// The length of the whole answer, or 0 while its head is not complete.
static size_t whole(Connection *one) {
    one->data[one->have] = 0;
    char *end = strstr(one->data, "\r\n\r\n");
    if (!end) return 0;
    for (char *line = strstr(one->data, "\r\n"); line && line < end; line = strstr(line + 2, "\r\n"))
        if (!strncasecmp(line + 2, "content-length:", 15)) return end + 4 - one->data + strtoul(line + 17, 0, 10);
    errno = EPROTO;
    fail("an answer without a length");
    return 0;
}

static void take(Connection *one) {
    ssize_t got = read(one->fd, one->data + one->have, sizeof one->data - 1 - one->have);
    if (got <= 0) fail("the server closed a connection");
    one->have += got;
    size_t all = whole(one);
    if (!all || one->have < all) return;
    latencies[answered++] = (now() - one->sent) * 1e6;
    if (one->data[9] != '2') bad++;
    if (strcasestr(one->data, "\r\nconnection: close\r\n")) {
        close(one->fd);
        open_one(one);
        ended++;
    }
    ask(one);
}

static int ascending(const void *a, const void *b) {
    return (*(float *)a > *(float *)b) - (*(float *)a < *(float *)b);
}

int main(int count, char **given) {
    if (count < 5) return 2;
    int connections = atoi(given[2]);
    wanted = atol(given[3]);
    number = count > 5 ? atol(given[5]) : 0;
    FILE *file = fopen(given[4], "rb");
    if (!file) fail(given[4]);
    length = fread(request, 1, sizeof request - 1, file);
    hole = strstr(request, "########");
    latencies = calloc(wanted, sizeof *latencies);
    Connection *all = calloc(connections, sizeof *all);
    waiting = epoll_create1(0);
    to.sin_port = htons(atoi(given[1]));
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    for (int i = 0; i < connections; i++) open_one(&all[i]);
    double began = now();
    for (int i = 0; i < connections; i++) ask(&all[i]);
    while (answered < wanted) {
        struct epoll_event events[64];
        int ready = epoll_wait(waiting, events, 64, 60000);
        if (ready == 0) { errno = ETIMEDOUT; fail("no answer"); }
        for (int i = 0; i < ready; i++) take(events[i].data.ptr);
    }
    double seconds = now() - began;
    qsort(latencies, answered, sizeof *latencies, ascending);
    printf("{\"answers\": %ld, \"bad\": %ld, \"ended\": %ld, \"seconds\": %.6f, \"p50\": %.1f, \"p99\": %.1f, \"most\": %.1f}\n", answered,
           bad, ended, seconds, latencies[answered / 2], latencies[answered * 99 / 100], latencies[answered - 1]);
    return 0;
}
